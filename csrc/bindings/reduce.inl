// Sums, means and maxima over axes that lie together in memory; softmax and its like are in softmax.inl.
#include "bindings/arrays.h"

namespace mg {
namespace {

// Which axes: bit i for axis i. False if `axis` is no int, tuple of ints or None, or an axis is out of range or twice.
bool axes_of(py::handle axis, int axes, unsigned* mask) {
  if (axis.is_none()) {
    *mask = (1u << axes) - 1;
    return true;
  }
  PyObject* one = axis.ptr();
  PyObject** items = &one;
  Py_ssize_t count = 1;
  if (PyTuple_CheckExact(one)) {
    count = PyTuple_GET_SIZE(one);
    items = PySequence_Fast_ITEMS(axis.ptr());
  }
  *mask = 0;
  for (Py_ssize_t k = 0; k < count; k++) {
    if (!PyLong_CheckExact(items[k])) return false;
    int overflow;
    long i = PyLong_AsLongAndOverflow(items[k], &overflow);
    if (i < 0) i += axes;
    if (overflow || i < 0 || i >= axes || *mask >> i & 1) return false;
    *mask |= 1u << i;
  }
  return true;
}

// a as (A, B, C) in memory, to be summed over B. False if the summed axes do not lie together, or if the others lie in
// another order than the result's, which is C order.
bool three_blocks(const Array& a, unsigned mask, int64_t* A, int64_t* B, int64_t* C) {
  *A = *B = *C = 1;
  const unsigned every = (1u << a.axes()) - 1;
  if (mask == every && dense(a)) {
    *B = a.size();
    return true;
  }
  int order[kMaxAxes];  // the axes as they lie in memory, outermost first
  if (a.c_order())
    for (int i = 0; i < a.axes(); i++) order[i] = i;
  else if (channels_last(a))
    for (int i = 0; i < a.axes(); i++) order[i] = i == 0 ? 0 : i + 1 < a.axes() ? i + 1 : 1;
  else return false;
  int state = 0;  // before the summed axes, among them, after them
  int kept = -1;  // the last axis that is not summed
  for (int k = 0; k < a.axes(); k++) {
    const int64_t n = a.shape(order[k]);
    if (n == 1) continue;
    const bool summed = mask >> order[k] & 1;
    if (summed ? state == 2 : order[k] < kept) return false;
    if (!summed) kept = order[k];
    state = summed ? 1 : state == 0 ? 0 : 2;
    (state == 0 ? *A : state == 1 ? *B : *C) *= n;
  }
  return true;
}

// y (A, C) = the sums, or means, of a (A, B, C) over B
py::object sum_blocks(const Array& a, unsigned mask, int axes, const npy_intp* shape, const Array& out, bool mean) {
  int64_t A, B, C;
  if (!three_blocks(a, mask, &A, &B, &C)) return py::none();
  py::object y = result(out, axes, shape, {&a});
  if (!y) return py::none();
  if (!A || !C) return y;
  float* const to = floats(y);
  const float* const from = a.data();
  const Work work = elements(a.size(), kEasy, 1, mean ? "mean" : "sum");
  if (A == 1 && C == 1) launch<&Kernels::sum_all>(work, to, from, B);
  else if (C == 1) launch<&Kernels::sum_rows>(work, to, from, A, B);
  else
    for (int64_t i = 0; i < A; i++)
      launch<&Kernels::sum_columns>(elements(B * C, kEasy, 1, work.op), to + i * C, from + i * B * C, B, C);
  if (mean) {
    const Operands s{to, nullptr, 0, B ? 1.0f / (float)B : __builtin_nanf(""), false, false, 1, A * C};
    launch<&Kernels::mul>(elements(A * C, kEasy, 2, "mean"), to, s);
  }
  return y;
}

py::object sum(const Array& a, py::handle axis, bool keepdims, const Array& out, bool mean) {
  unsigned mask;
  if (!a.is_float() || !axes_of(axis, a.axes(), &mask)) return py::none();
  npy_intp shape[kMaxAxes];
  int axes = 0;
  for (int i = 0; i < a.axes(); i++)
    if (!(mask >> i & 1)) shape[axes++] = a.shape(i);
    else if (keepdims) shape[axes++] = 1;
  return sum_blocks(a, mask, axes, shape, out, mean);
}

py::object sum_to(const Array& a, const Shape& shape, const Array& out) {
  if (!a.is_float() || !shape.ok) return py::none();
  const int lead = a.axes() - shape.axes;
  if (lead < 0) return py::none();
  unsigned mask = (1u << lead) - 1;
  for (int i = 0; i < shape.axes; i++) {
    if (shape.sizes[i] == a.shape(lead + i)) continue;
    if (shape.sizes[i] != 1) return py::none();
    mask |= 1u << (lead + i);
  }
  if (!mask) return py::none();  // nothing to add: the reference's reshape
  return sum_blocks(a, mask, shape.axes, shape.sizes, out, false);
}

// max and argmax along the last axis of an array in C order.
template <auto Kernel, class T>
py::object along_last(int type, const Array& a, py::handle axis, bool keepdims, const Array& out, const char* op) {
  unsigned mask;
  if (!a.is_float() || !a.c_order() || a.axes() == 0 || axis.is_none() || !axes_of(axis, a.axes(), &mask)) return py::none();
  const int last = a.axes() - 1;
  const int64_t C = a.shape(last);
  if (mask != 1u << last || C == 0) return py::none();
  npy_intp shape[kMaxAxes];
  for (int i = 0; i < last; i++) shape[i] = a.shape(i);
  shape[last] = 1;
  py::object y = result(out, keepdims ? a.axes() : last, shape, {&a}, type);
  if (!y) return py::none();
  launch<Kernel>(elements(a.size(), kEasy, 1, op), values<T>(y), a.data(), a.size() / C, C);
  return y;
}

}  // namespace

void bind_reduce(py::module_& m) {
  m.def("sum",
        [](const Array& a, py::handle axis, bool keepdims, const Array& out) { return sum(a, axis, keepdims, out, false); });
  m.def("mean",
        [](const Array& a, py::handle axis, bool keepdims, const Array& out) { return sum(a, axis, keepdims, out, true); });
  m.def("sum_to", sum_to);
  m.def("max", [](const Array& a, py::handle axis, bool keepdims, const Array& out) {
    return along_last<&Kernels::max_rows, float>(NPY_FLOAT, a, axis, keepdims, out, "max");
  });
  m.def("argmax", [](const Array& a, py::handle axis, bool keepdims, const Array& out) {
    return along_last<&Kernels::argmax_rows, int64_t>(NPY_INT64, a, axis, keepdims, out, "argmax");
  });
}

}  // namespace mg
