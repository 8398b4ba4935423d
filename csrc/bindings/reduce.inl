// Sums, means, extremes, products and variances over axes that lie together in memory; softmax and its like are in softmax.inl.
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

// The shape of a reduction of a over these axes; how many axes it has.
int reduced_shape(const Array& a, unsigned mask, bool keepdims, npy_intp* shape) {
  int axes = 0;
  for (int i = 0; i < a.axes(); i++)
    if (!(mask >> i & 1)) shape[axes++] = a.shape(i);
    else if (keepdims) shape[axes++] = 1;
  return axes;
}

py::object sum(const Array& a, py::handle axis, bool keepdims, const Array& out, bool mean) {
  unsigned mask;
  if (!a.is_float() || !axes_of(axis, a.axes(), &mask)) return py::none();
  npy_intp shape[kMaxAxes];
  const int axes = reduced_shape(a, mask, keepdims, shape);
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

// Extremes, and where they stand, along the last axis of an array in C order.
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

py::object prod(const Array& a, py::handle axis, bool keepdims, const Array& out) {
  unsigned mask;
  int64_t A, B, C;
  npy_intp shape[kMaxAxes];
  if (!a.is_float() || !axes_of(axis, a.axes(), &mask) || !three_blocks(a, mask, &A, &B, &C) || !B) return py::none();
  const int axes = reduced_shape(a, mask, keepdims, shape);
  py::object y = result(out, axes, shape, {&a});
  if (!y || !A || !C) return y ? y : py::none();
  if (C == 1) launch<&Kernels::prod_rows>(elements(a.size(), kEasy, 1), floats(y), a.data(), A, B);
  else
    for (int64_t i = 0; i < A; i++)
      launch<&Kernels::prod_columns>(elements(B * C, kEasy, 1), floats(y) + i * C, a.data() + i * B * C, B, C);
  return y;
}

// Sums of squares about the mean over B, divided by their number less ddof; a (A, B, 1) or (1, B, C).
py::object var(const Array& a, py::handle axis, double ddof, bool keepdims, const Array& out) {
  unsigned mask;
  int64_t A, B, C;
  if (!a.is_float() || !axes_of(axis, a.axes(), &mask) || !three_blocks(a, mask, &A, &B, &C)) return py::none();
  if (!A || !B || !C || (A > 1 && C > 1)) return py::none();
  npy_intp shape[kMaxAxes];
  const int axes = reduced_shape(a, mask, keepdims, shape);
  py::object y = result(out, axes, shape, {&a});
  if (!y) return py::none();
  const double divisor = (double)B > ddof ? (double)B - ddof : 0;
  const Work work = elements(a.size(), 2 * kEasy, 1, "var");
  if (C == 1) launch<&Kernels::var_rows>(work, floats(y), a.data(), A, B, divisor);
  else launch<&Kernels::var_columns>(work, floats(y), a.data(), B, C, divisor);
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
  m.def("min", [](const Array& a, py::handle axis, bool keepdims, const Array& out) {
    return along_last<&Kernels::min_rows, float>(NPY_FLOAT, a, axis, keepdims, out, "min");
  });
  m.def("prod", prod);
  m.def("var", var);
  m.def("argmin", [](const Array& a, py::handle axis, bool keepdims, const Array& out) {
    return along_last<&Kernels::argmin_rows, int64_t>(NPY_INT64, a, axis, keepdims, out, "argmin");
  });
  m.def("argmax", [](const Array& a, py::handle axis, bool keepdims, const Array& out) {
    return along_last<&Kernels::argmax_rows, int64_t>(NPY_INT64, a, axis, keepdims, out, "argmax");
  });
}

}  // namespace mg
