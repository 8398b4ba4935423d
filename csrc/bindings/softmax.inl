// Softmax and log-softmax along the last axis, and their gradients.
#include "bindings/arrays.h"

namespace mg {
namespace {

bool last_axis(const Array& a, long axis) {
  return a.is_float() && a.axes() > 0 && (axis == a.axes() - 1 || axis == -1) && a.c_order() && a.shape(a.axes() - 1) > 0;
}

template <auto Kernel> py::object along_rows(const Array& z, long axis, const Array& out, const char* op) {
  if (!last_axis(z, axis)) return py::none();
  py::object y = result(out, z.axes(), z.shape(), {&z});
  if (!y) return py::none();
  const int64_t C = z.shape(z.axes() - 1);
  launch<Kernel>(elements(z.size(), kRow, 2, op), floats(y), z.data(), z.size() / C, C);
  return y;
}

template <auto Kernel>
py::object along_rows_backward(const Array& g, const Array& y, long axis, const Array& out, const char* op) {
  if (!last_axis(y, axis) || !g.is_float() || !same_shape(g, y)) return py::none();
  py::object gz = result(out, y.axes(), y.shape(), {&g, &y});
  if (!gz) return py::none();
  const InOrder incoming = InOrder::c_order(g, op);
  const int64_t C = y.shape(y.axes() - 1);
  launch<Kernel>(elements(y.size(), kRow, 3, op), floats(gz), incoming.data(), y.data(), y.size() / C, C);
  return gz;
}

}  // namespace

void bind_softmax(py::module_& m) {
  // clang-format off
#define BIND_ROWS(name) \
  m.def(#name, +[](const Array& z, long axis, const Array& out) { return along_rows<&Kernels::name>(z, axis, out, #name); }); \
  m.def(#name "_backward", +[](const Array& g, const Array& y, long axis, const Array& out) { \
    return along_rows_backward<&Kernels::name##_backward>(g, y, axis, out, #name "_backward"); \
  });
  // clang-format on
  BIND_ROWS(softmax)
  BIND_ROWS(log_softmax)
}

}  // namespace mg
