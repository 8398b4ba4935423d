// Cross-entropy and the mean squared error, and their gradients.
#include "bindings/arrays.h"

namespace mg {
namespace {

constexpr Reduction kUnknown = (Reduction)-1;

Reduction reduction_of(py::handle text) {
  if (!PyUnicode_CheckExact(text.ptr())) return kUnknown;
  if (PyUnicode_CompareWithASCIIString(text.ptr(), "mean") == 0) return kMean;
  if (PyUnicode_CompareWithASCIIString(text.ptr(), "sum") == 0) return kSum;
  return PyUnicode_CompareWithASCIIString(text.ptr(), "none") == 0 ? kNone : kUnknown;
}

// Targets of z (R, C): classes (R) int64, or dense (R, C) float32.
bool classes_of(const Array& target, int64_t R) {
  return target.is(NPY_INT64) && target.axes() == 1 && target.shape(0) == R && target.c_order();
}
bool targets_of(const Array& target, const Array& z) {
  return classes_of(target, z.shape(0)) || (target.is_float() && same_shape(target, z) && target.c_order());
}

// -> (loss, aux = softmax(z)); None for a class out of range: the reference says which
py::object cross_entropy(const Array& z, const Array& target, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!z.is_float() || z.axes() != 2 || !z.c_order() || z.size() == 0 || !targets_of(target, z) || how == kUnknown)
    return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  py::object loss = result(out, how == kNone ? 1 : 0, z.shape(), {&z, &target});
  if (!loss) return py::none();
  py::object p = empty(2, z.shape());
  const bool dense = target.is_float();
  const int64_t bad = launch<&Kernels::cross_entropy>(
      elements(z.size(), kRowCost, 2), floats(loss), floats(p), (const float*)z.data(),
      dense ? (const int64_t*)nullptr : target.data<int64_t>(), dense ? (const float*)target.data() : nullptr, R, C, how);
  if (bad) return py::none();
  return py::make_tuple(loss, p);
}

py::object cross_entropy_backward(const Array& g, const Array& z, const Array& target, const Array& aux,
                                  py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!z.is_float() || z.axes() != 2 || z.size() == 0 || !g.is_float() || how == kUnknown || !targets_of(target, z) ||
      !aux.is_float() || !same_shape(aux, z) || !aux.c_order())
    return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  if (how == kNone ? g.axes() != 1 || g.shape(0) != R : g.axes() != 0) return py::none();
  py::object gz = result(out, 2, z.shape(), {&g, &target, &aux});
  if (!gz) return py::none();
  const bool dense = target.is_float();
  launch<&Kernels::cross_entropy_backward>(
      elements(z.size(), kEasy, 2), floats(gz), (const float*)g.data(), how == kNone ? g.stride(0) : (int64_t)0,
      how == kMean ? 1.0f / (float)R : 1.0f, (const float*)aux.data(), dense ? (const int64_t*)nullptr : target.data<int64_t>(),
      dense ? (const float*)target.data() : nullptr, R, C);
  return gz;
}

py::object mse(const Array& a, const Array& b, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!a.is_float() || !b.is_float() || !same_order(a, b) || !dense(a) || a.size() == 0 || (how != kMean && how != kSum))
    return py::none();
  py::object y = result(out, 0, nullptr, {&a, &b});
  if (!y) return py::none();
  const int64_t n = a.size();
  launch<&Kernels::mse>(elements(n, kEasy, 2), floats(y), (const float*)a.data(), (const float*)b.data(), n);
  const Operands scaled{floats(y), nullptr, 0, 1.0f / (float)n, false, false, 1, 1};
  if (how == kMean) launch<&Kernels::mul>(elements(1, kEasy, 2), floats(y), scaled);
  return y;
}

py::object mse_backward(const Array& g, const Array& a, const Array& b, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!g.is_float() || g.axes() != 0 || !a.is_float() || !b.is_float() || !same_order(a, b) || !dense(a) || a.size() == 0 ||
      (how != kMean && how != kSum))
    return py::none();
  py::object ga = result_like(out, a, {&a, &b});
  if (!ga || (!out.none && overlap(out, g))) return py::none();
  const int64_t n = a.size();
  launch<&Kernels::mse_backward>(elements(n, kEasy, 3), floats(ga), (const float*)g.data(),
                                 how == kMean ? (float)(2.0 / (double)n) : 2.0f, (const float*)a.data(), (const float*)b.data(), n);
  return ga;
}

// How many rows of z have their largest entry at the target.
py::object count_correct(const Array& z, const Array& target, const Array& out) {
  if (!z.is_float() || z.axes() != 2 || !z.c_order() || z.size() == 0 || !targets_of(target, z)) return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  py::object count = result(out, 0, nullptr, {&z, &target}, NPY_INT64);
  if (!count) return py::none();
  const bool dense = target.is_float();
  launch<&Kernels::count_correct>(elements(z.size(), 2 * kEasy, 1), values<int64_t>(count), (const float*)z.data(),
                                  dense ? (const int64_t*)nullptr : target.data<int64_t>(),
                                  dense ? (const float*)target.data() : nullptr, R, C);
  return count;
}

}  // namespace

void bind_loss(py::module_& m) {
  m.def("cross_entropy", cross_entropy);
  m.def("cross_entropy_backward", cross_entropy_backward);
  m.def("mse", mse);
  m.def("mse_backward", mse_backward);
  m.def("count_correct", count_correct);
}

}  // namespace mg
