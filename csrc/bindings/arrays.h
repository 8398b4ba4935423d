// What the bindings share: borrowed views of numpy arrays, results, temporaries in another memory order.
//
// Every bound function returns None when it cannot serve its arguments (another dtype, layout or broadcast); native.py
// then runs the reference kernel. So a view of anything can be made, and says what it is. A result, copy or scratch for
// which there is no memory is a MemoryError; `op` in its message is the bound function, unless it is given.
#pragma once
#include <pybind11/pybind11.h>

#include <optional>

#include "bindings/door.h"
#include "bindings/numpy.h"

namespace mg {

// A borrowed view of an array, valid while the caller holds the array. array is null for anything that kernels cannot
// read: not an ndarray, misaligned, swapped bytes, too many axes.
//
// Address, shape and strides are copied once, here: `a.shape = ...` in another thread frees and rewrites the array's own,
// and what was checked must be what is used.
struct Array {
  PyArrayObject* array = nullptr;
  bool none = true;  // it was None

  Array() {}
  explicit Array(PyObject* o) { view(o); }
  inline __attribute__((always_inline)) void view(PyObject* o) {
    if (__builtin_expect(watched, 0)) hold(o);
    none = o == Py_None;
    if (none || !PyArray_CheckExact(o)) return;
    PyArrayObject* a = reinterpret_cast<PyArrayObject*>(o);
    if (!PyArray_ISBEHAVED_RO(a) || PyArray_NDIM(a) > kMaxAxes) return;
    array = a;
    data_ = PyArray_DATA(a);
    type_ = PyArray_TYPE(a);
    item_ = PyArray_ITEMSIZE(a);
    flags_ = PyArray_FLAGS(a);
    axes_ = PyArray_NDIM(a);
    for (int i = 0; i < axes_; i++) {
      shape_[i] = PyArray_DIMS(a)[i];
      strides_[i] = PyArray_STRIDES(a)[i];
    }
  }
  bool is(int type) const { return array && type_ == type; }
  bool is_float() const { return is(NPY_FLOAT); }
  int type() const { return type_; }
  int axes() const { return axes_; }
  int64_t item() const { return item_; }  // bytes
  const npy_intp* shape() const { return shape_; }
  int64_t shape(int i) const { return shape_[i]; }
  const npy_intp* strides() const { return strides_; }  // bytes
  int64_t stride(int i) const { return strides_[i] / item_; }  // elements
  int64_t size() const {
    int64_t n = 1;
    for (int i = 0; i < axes_; i++) n *= shape_[i];
    return n;
  }
  template <class T = float>
  T* data() const {
    return static_cast<T*>(data_);
  }
  bool c_order() const { return flags_ & NPY_ARRAY_C_CONTIGUOUS; }
  bool one_segment() const { return flags_ & (NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_F_CONTIGUOUS); }
  bool writeable() const { return flags_ & NPY_ARRAY_WRITEABLE; }

 private:
  void* data_ = nullptr;
  int64_t item_ = 1;
  int type_ = -1, flags_ = 0, axes_ = 0;
  npy_intp shape_[kMaxAxes], strides_[kMaxAxes];
};

// A pair such as a stride, and a shape.
struct Pair {
  int64_t first = 0, second = 0;
  bool ok = false;
};
struct Shape {
  int axes = 0;
  npy_intp sizes[kMaxAxes] = {};
  bool ok = false;
};
struct Geometry {  // of a convolution: (stride, padding, dilation, groups)
  Pair stride, padding, dilation;
  int64_t groups = 0;
  bool ok = false;
};
Pair pair_of(PyObject* o);
Geometry geometry_of(PyObject* o);
Shape shape_of(PyObject* o);

bool triple_of(py::handle o, Array* three);                 // the arrays (or None) of a tuple of three, or of None

bool dense(const Array& a);                                 // no gaps, in some order of the axes
bool has_shape(const Array& a, int axes, const npy_intp* shape);
bool row_of(const Array& a, int64_t n);                     // one axis of n floats, without gaps
bool same_shape(const Array& a, const Array& b);
bool same_order(const Array& a, const Array& b);            // same_shape, and an element has the same place in both
bool channels_last(const Array& a);                         // dense with axis 1 moved last; plain C order for fewer than 3
bool overlap(const Array& a, const Array& b);
void c_strides(int axes, const npy_intp* shape, int64_t item, npy_intp* strides);   // in bytes, of elements of `item` bytes

py::object empty(int axes, const npy_intp* shape, int type = NPY_FLOAT);
py::object empty_like(const Array& a, int type = NPY_FLOAT);                        // dense a's shape and order
py::object empty_channels_last(int axes, const npy_intp* shape, int type = NPY_FLOAT);

// `out` as the result if it is an array of this type, shape and order, writeable and apart from the inputs; a new array
// if it is None; null if it does not fit.
py::object result_like(const Array& out, const Array& like, std::initializer_list<const Array*> may_be_same,
                       int type = NPY_FLOAT);
py::object result(const Array& out, int axes, const npy_intp* shape, std::initializer_list<const Array*> apart_from,
                  int type = NPY_FLOAT);
py::object result_channels_last(const Array& out, int axes, const npy_intp* shape,
                                std::initializer_list<const Array*> apart_from, int type = NPY_FLOAT);

template <class T> T* values(const py::object& array) {
  return static_cast<T*>(PyArray_DATA(reinterpret_cast<PyArrayObject*>(array.ptr())));
}
inline float* floats(const py::object& array) { return values<float>(array); }

// to, an array of a's shape and these strides (in bytes), = a; both of floats.
void copy_in_order(float* to, const npy_intp* byte_strides, const Array& a, const char* op);

// A float32 array's data in a wanted memory order: its own, or a copy that lives as long as this object.
class InOrder {
 public:
  // a has other's shape, other is dense
  static InOrder like(const Array& a, const Array& other, const char* op = __builtin_FUNCTION());
  static InOrder channels_last(const Array& a, const char* op = __builtin_FUNCTION());
  static InOrder c_order(const Array& a, const char* op = __builtin_FUNCTION());
  const float* data() const { return data_; }

 private:
  InOrder(const Array& a, bool as_it_is, const npy_intp* byte_strides, const char* op);
  std::optional<Temporary> copy_;
  const float* data_;
};

}  // namespace mg

namespace pybind11::detail {
template <>
struct type_caster<mg::Array> {
  PYBIND11_TYPE_CASTER(mg::Array, const_name("numpy.ndarray"));
  bool load(handle src, bool) {
    value.view(src.ptr());  // in its place: a view is too large to be copied for every argument of every call
    return true;
  }
};
template <>
struct type_caster<mg::Pair> {
  PYBIND11_TYPE_CASTER(mg::Pair, const_name("tuple[int, int]"));
  bool load(handle src, bool) {
    value = mg::pair_of(src.ptr());
    return true;
  }
};
template <>
struct type_caster<mg::Geometry> {
  PYBIND11_TYPE_CASTER(mg::Geometry, const_name("tuple[tuple[int, int], tuple[int, int], tuple[int, int], int]"));
  bool load(handle src, bool) {
    value = mg::geometry_of(src.ptr());
    return true;
  }
};
template <>
struct type_caster<mg::Shape> {
  PYBIND11_TYPE_CASTER(mg::Shape, const_name("tuple[int, ...]"));
  bool load(handle src, bool) {
    value = mg::shape_of(src.ptr());
    return true;
  }
};
}  // namespace pybind11::detail
