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

}  // namespace

void bind_shape(py::module_& m) {
  m.def("copy", copy);
  m.def("reshape", reshape);
}

}  // namespace mg
