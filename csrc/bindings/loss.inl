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
struct Targets {  // one of the two; the other is null
  const int64_t* classes = nullptr;
  const float* dense = nullptr;
};
bool targets_of(const Array& target, const Array& z, Targets* t) {
  if (classes_of(target, z.shape(0))) {
    t->classes = target.data<int64_t>();
    return true;
  }
  if (!target.is_float() || !same_shape(target, z) || !target.c_order()) return false;
  t->dense = target.data();
  return true;
}

// -> (loss, aux = softmax(z)); None for a class out of range: the reference says which
py::object cross_entropy(const Array& z, const Array& target, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  Targets t;
  if (!z.is_float() || z.axes() != 2 || !z.c_order() || z.size() == 0 || !targets_of(target, z, &t) || how == kUnknown)
    return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  py::object loss = result(out, how == kNone ? 1 : 0, z.shape(), {&z, &target});
  if (!loss) return py::none();
  py::object p = empty(2, z.shape());
  const int64_t bad = launch<&Kernels::cross_entropy>(elements(z.size(), kRow, 2), floats(loss), floats(p), z.data(), t.classes,
                                                      t.dense, R, C, how);
  if (bad) return py::none();
  return py::make_tuple(loss, p);
}

py::object cross_entropy_backward(const Array& g, const Array& z, const Array& target, const Array& aux, py::handle reduction,
                                  const Array& out) {
  const Reduction how = reduction_of(reduction);
  Targets t;
  if (!z.is_float() || z.axes() != 2 || z.size() == 0 || !g.is_float() || how == kUnknown || !targets_of(target, z, &t) ||
      !aux.is_float() || !same_shape(aux, z) || !aux.c_order())
    return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  if (how == kNone ? g.axes() != 1 || g.shape(0) != R : g.axes() != 0) return py::none();
  py::object gz = result(out, 2, z.shape(), {&g, &target, &aux});
  if (!gz) return py::none();
  launch<&Kernels::cross_entropy_backward>(elements(z.size(), kEasy, 2), floats(gz), g.data(),
                                           how == kNone ? g.stride(0) : (int64_t)0, how == kMean ? 1.0f / (float)R : 1.0f,
                                           aux.data(), t.classes, t.dense, R, C);
  return gz;
}

py::object mse(const Array& a, const Array& b, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!a.is_float() || !b.is_float() || !same_order(a, b) || !dense(a) || a.size() == 0 || (how != kMean && how != kSum))
    return py::none();
  py::object y = result(out, 0, nullptr, {&a, &b});
  if (!y) return py::none();
  const int64_t n = a.size();
  launch<&Kernels::mse>(elements(n, kEasy, 2), floats(y), a.data(), b.data(), n);
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
  launch<&Kernels::mse_backward>(elements(n, kEasy, 3), floats(ga), g.data(), how == kMean ? (float)(2.0 / (double)n) : 2.0f,
                                 a.data(), b.data(), n);
  return ga;
}

// How many rows of z have their largest entry at the target.
py::object count_correct(const Array& z, const Array& target, const Array& out) {
  Targets t;
  if (!z.is_float() || z.axes() != 2 || !z.c_order() || z.size() == 0 || !targets_of(target, z, &t)) return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  py::object count = result(out, 0, nullptr, {&z, &target}, NPY_INT64);
  if (!count) return py::none();
  launch<&Kernels::count_correct>(elements(z.size(), 2 * kEasy, 1), values<int64_t>(count), z.data(), t.classes, t.dense, R, C);
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
