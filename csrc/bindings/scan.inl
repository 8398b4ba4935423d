// Running sums, products and extremes along an axis of arrays in C order.
#include "bindings/arrays.h"

namespace mg {
namespace {

// a as (A, N, C) about the axis; false if it is not in C order, or there is no such axis.
bool about_axis(const Array& a, long axis, int64_t* A, int64_t* N, int64_t* C) {
  if (!a.is_float() || !a.c_order() || axis < -a.axes() || axis >= a.axes()) return false;
  const int middle = (int)(axis < 0 ? axis + a.axes() : axis);
  *A = *C = 1;
  *N = a.shape(middle);
  for (int i = 0; i < a.axes(); i++)
    if (i != middle) (i < middle ? *A : *C) *= a.shape(i);
  return true;
}

template <auto Kernel, class... Options>
py::object running(const Array& a, long axis, const Array& out, const char* op, Options... options) {
  int64_t A, N, C;
  if (!about_axis(a, axis, &A, &N, &C)) return py::none();
  py::object y = result(out, a.axes(), a.shape(), {&a});
  if (!y) return py::none();
  if (A && N && C) launch<Kernel>(elements(a.size(), 1, 2, op), floats(y), a.data(), A, N, C, options...);
  return y;
}

py::object recurrence(const Array& b, const Array& c, long axis, bool reverse, const Array& out) {
  int64_t A, N, C;
  if (!c.is_float() || !same_shape(b, c) || !about_axis(b, axis, &A, &N, &C)) return py::none();
  py::object y = result(out, b.axes(), b.shape(), {&b, &c});
  if (!y) return py::none();
  const InOrder factors = InOrder::c_order(c);
  if (A && N && C)
    launch<&Kernels::recurrence>(elements(b.size(), 1, 3), floats(y), b.data(), factors.data(), A, N, C, reverse);
  return y;
}

}  // namespace

void bind_scan(py::module_& m) {
  m.def("cumsum", [](const Array& a, long axis, bool reverse, const Array& out) {
    return running<&Kernels::cumsum>(a, axis, out, "cumsum", reverse);
  });
  m.def("cumprod", [](const Array& a, long axis, bool reverse, const Array& out) {
    return running<&Kernels::cumprod>(a, axis, out, "cumprod", reverse);
  });
  m.def("cummax",
        [](const Array& a, long axis, const Array& out) { return running<&Kernels::cummax>(a, axis, out, "cummax"); });
  m.def("cummin",
        [](const Array& a, long axis, const Array& out) { return running<&Kernels::cummin>(a, axis, out, "cummin"); });
  m.def("logcumsumexp", [](const Array& a, long axis, const Array& out) {
    return running<&Kernels::logcumsumexp>(a, axis, out, "logcumsumexp");
  });
  m.def("recurrence", recurrence);
}

}  // namespace mg
