// Copies: as they are, into another memory order, into a given array.
#include "bindings/arrays.h"

namespace mg {
namespace {

// A copy in the same memory order, on a cache line of its own; or into `out`, of floats in any two orders.
py::object copy(const Array& a, const Array& out) {
  if (!a.array || a.type() > NPY_CLONGDOUBLE || !dense(a)) return py::none();
  const bool in_order = out.none || same_order(out, a);
  if (!out.none && (!out.is(a.type()) || !out.writeable() || overlap(out, a) || !same_shape(out, a))) return py::none();
  if (!in_order && (!a.is_float() || !dense(out))) return py::none();
  py::object y = out.none ? empty_like(a, a.type()) : py::reinterpret_borrow<py::object>((PyObject*)out.array);
  if (!in_order) {
    copy_in_order(out.data(), out.strides(), a, "copy");
    return y;
  }
  const int64_t bytes = a.size() * a.item();
  launch<&Kernels::copy_bytes>(Work{(double)bytes * 4e-5, 2 * bytes, 0, "copy"}, values<void>(y), a.data<void>(), bytes);
  return y;
}

// Whether the two shapes differ in sides of 1 alone: of that numpy gives a view, whatever the strides are.
bool same_but_ones(const Array& a, const Shape& shape) {
  int i = 0, j = 0;
  for (;; i++, j++) {
    while (i < a.axes() && a.shape(i) == 1) i++;
    while (j < shape.axes && shape.sizes[j] == 1) j++;
    if (i == a.axes() || j == shape.axes) return i == a.axes() && j == shape.axes;
    if (a.shape(i) != shape.sizes[j]) return false;
  }
}

// The elements of `a`, in the order of its shape, in C order under another shape: for what numpy cannot give a view of.
py::object reshape(const Array& a, const Shape& shape) {
  if (!a.is_float() || !shape.ok || a.c_order() || same_but_ones(a, shape)) return py::none();
  int64_t size = 1;
  for (int i = 0; i < shape.axes; i++) size *= shape.sizes[i];
  if (size != a.size()) return py::none();
  py::object y = empty(shape.axes, shape.sizes);
  npy_intp strides[kMaxAxes];
  c_strides(a.axes(), a.shape(), sizeof(float), strides);
  copy_in_order(floats(y), strides, a, "reshape");
  return y;
}

// `a` between constants, in its own memory order where it is dense. widths: ((before, after), ...), one pair for each axis.
py::object pad(const Array& a, const py::object& widths, const py::object& value, const Array& out) {
  if (!a.is_float() || a.axes() < 1 || !PyTuple_Check(widths.ptr()) || PyTuple_GET_SIZE(widths.ptr()) != a.axes())
    return py::none();
  const bool number = PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr());
  const double filling = number ? PyFloat_AsDouble(value.ptr()) : 0;
  if (PyErr_Occurred()) PyErr_Clear();
  else if (number) {
    const int axes = a.axes();
    int order[kMaxAxes];
    for (int i = 0; i < axes; i++) order[i] = i;
    if (out.none && !a.c_order() && dense(a))  // outermost first: a stable sort of a few
      for (int i = 1; i < axes; i++)
        for (int j = i; j > 0 && a.strides()[order[j]] > a.strides()[order[j - 1]]; j--) std::swap(order[j], order[j - 1]);
    npy_intp shape[kMaxAxes], strides[kMaxAxes];
    Padded s{};
    s.axes = axes;
    int64_t bytes = sizeof(float);
    for (int i = 0; i < axes; i++) {
      const Pair ends = pair_of(PyTuple_GET_ITEM(widths.ptr(), order[i]));
      if (!ends.ok || ends.first < 0 || ends.second < 0) return py::none();
      s.shape[i] = a.shape(order[i]);
      s.before[i] = ends.first;
      s.after[i] = ends.second;
      s.from[i] = a.stride(order[i]);
      npy_intp& side = shape[order[i]];
      if (__builtin_add_overflow(s.shape[i], ends.first, &side) || __builtin_add_overflow(side, ends.second, &side) ||
          (side > 0 && __builtin_mul_overflow(bytes, side, &bytes)))
        return py::none();  // no array has such a shape
    }
    dense_strides(axes, shape, order, sizeof(float), strides);
    py::object y = out.none ? new_array(axes, shape, strides, NPY_FLOAT) : result(out, axes, shape, {&a});
    if (!y) return py::none();
    launch<&Kernels::pad>(elements(Array(y.ptr()).size(), 0.3, 2), floats(y), a.data(), s, (float)filling);
    return y;
  }
  return py::none();
}

}  // namespace

void bind_shape(py::module_& m) {
  m.def("copy", copy);
  m.def("reshape", reshape);
  m.def("pad", pad);
}

}  // namespace mg
