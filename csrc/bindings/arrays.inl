// See arrays.h.
#include "bindings/arrays.h"

namespace mg {
namespace {

// Bytes from which results come from our memory pool, whose blocks start on a cache line: vector loads that straddle two
// lines take up to 1.5 times as long. Below, two changes of the handler cost more than that.
constexpr int64_t kPooled = 8 << 10;

// A new array; large ones through our handler, which is set only around this call.
py::object new_array(int axes, const npy_intp* shape, const npy_intp* byte_strides, int type) {
  PyArray_Descr* descr = PyArray_DescrFromType(type);
  int64_t bytes = PyDataType_ELSIZE(descr);
  for (int i = 0; i < axes; i++)
    if (__builtin_mul_overflow(bytes, shape[i], &bytes)) bytes = 0;  // numpy says that it is too large
  PyObject* previous = nullptr;
  if (bytes >= kPooled) {
    previous = PyDataMem_SetHandler(memory_handler());
    if (!previous) throw py::error_already_set();
  }
  if (bytes < kPooled && allocation_fails()) {
    Py_DECREF(descr);
    throw OutOfMemory("empty", "an array", bytes);
  }
  PyObject* made = PyArray_NewFromDescr(&PyArray_Type, descr, axes, shape, byte_strides, nullptr, 0, nullptr);
  if (previous) {
    PyObject *kind, *value, *trace;  // setting it back must not lose a MemoryError
    PyErr_Fetch(&kind, &value, &trace);
    PyObject* ours = PyDataMem_SetHandler(previous);
    Py_XDECREF(ours);
    Py_DECREF(previous);
    PyErr_Restore(kind, value, trace);
  }
  if (!made) throw py::error_already_set();
  if (__builtin_expect(watched, 0)) hold(made);
  return py::reinterpret_steal<py::object>(made);
}

// The byte strides of a dense array whose axes lie in memory in the order `order` (outermost first); of a shape that no array
// has they say nothing, and numpy says so when it is asked for one.
void dense_strides(int axes, const npy_intp* shape, const int* order, int64_t item, npy_intp* strides) {
  for (int i = axes - 1; i >= 0; i--) {
    strides[order[i]] = item;
    (void)__builtin_mul_overflow(item, shape[order[i]], &item);
  }
}

void channels_last_strides(int axes, const npy_intp* shape, int64_t item, npy_intp* strides) {
  int order[kMaxAxes];
  for (int i = 0; i < axes; i++) order[i] = axes < 3 || i == 0 ? i : i + 1 < axes ? i + 1 : 1;
  dense_strides(axes, shape, order, item, strides);
}

bool has_strides(const Array& a, const npy_intp* strides) {
  if (a.size() == 0) return true;
  for (int i = 0; i < a.axes(); i++)
    if (a.shape(i) != 1 && a.strides()[i] != strides[i]) return false;
  return true;
}

py::object borrow(const Array& a) { return py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(a.array)); }

bool usable(const Array& out, int type, int axes, const npy_intp* shape, std::initializer_list<const Array*> inputs) {
  if (!out.is(type) || !out.writeable() || !has_shape(out, axes, shape)) return false;
  for (const Array* in : inputs)
    if (in->array && overlap(out, *in)) return false;
  return true;
}

}  // namespace

bool has_shape(const Array& a, int axes, const npy_intp* shape) {
  if (a.axes() != axes) return false;
  for (int i = 0; i < axes; i++)
    if (a.shape(i) != shape[i]) return false;
  return true;
}

void c_strides(int axes, const npy_intp* shape, int64_t item, npy_intp* strides) {
  int order[kMaxAxes];
  for (int i = 0; i < axes; i++) order[i] = i;
  dense_strides(axes, shape, order, item, strides);
}

Pair pair_of(PyObject* o) {
  Pair p;
  if (!PyTuple_CheckExact(o) || PyTuple_GET_SIZE(o) != 2) return p;
  PyObject *a = PyTuple_GET_ITEM(o, 0), *b = PyTuple_GET_ITEM(o, 1);
  if (!PyLong_Check(a) || !PyLong_Check(b)) return p;
  p.first = PyLong_AsLongLong(a);
  p.second = PyLong_AsLongLong(b);
  p.ok = !PyErr_Occurred();
  PyErr_Clear();
  return p;
}

Geometry geometry_of(PyObject* o) {
  Geometry s;
  if (!PyTuple_CheckExact(o) || PyTuple_GET_SIZE(o) != 4) return s;
  s.stride = pair_of(PyTuple_GET_ITEM(o, 0));
  s.padding = pair_of(PyTuple_GET_ITEM(o, 1));
  s.dilation = pair_of(PyTuple_GET_ITEM(o, 2));
  PyObject* groups = PyTuple_GET_ITEM(o, 3);
  s.groups = PyLong_Check(groups) ? PyLong_AsLongLong(groups) : 0;
  PyErr_Clear();
  s.ok = s.stride.ok && s.padding.ok && s.dilation.ok && s.groups > 0;
  return s;
}

Shape shape_of(PyObject* o) {
  Shape s;
  if (!PyTuple_Check(o) || PyTuple_GET_SIZE(o) > kMaxAxes) return s;
  s.axes = (int)PyTuple_GET_SIZE(o);
  int64_t bytes = 8;
  for (int i = 0; i < s.axes; i++) {
    PyObject* item = PyTuple_GET_ITEM(o, i);
    if (!PyLong_Check(item)) return s;
    s.sizes[i] = (npy_intp)PyLong_AsLongLong(item);
    if (s.sizes[i] < 0) {
      PyErr_Clear();
      return s;
    }
    if (s.sizes[i] > 0 && __builtin_mul_overflow(bytes, s.sizes[i], &bytes)) return s;  // no array has such a shape
  }
  s.ok = true;
  return s;
}

bool triple_of(py::handle o, Array* three) {
  if (o.is_none()) return true;
  if (!PyTuple_CheckExact(o.ptr()) || PyTuple_GET_SIZE(o.ptr()) != 3) return false;
  for (int i = 0; i < 3; i++) three[i] = Array(PyTuple_GET_ITEM(o.ptr(), i));
  return true;
}

bool dense(const Array& a) {
  if (a.one_segment()) return true;
  int64_t expected = a.item(), left = 0;
  for (int i = 0; i < a.axes(); i++) left += a.shape(i) != 1;
  for (bool found = true; left > 0 && found;) {
    found = false;
    for (int i = 0; i < a.axes() && !found; i++)
      if (a.shape(i) != 1 && a.strides()[i] == expected) {
        expected *= a.shape(i);
        left--;
        found = true;
      }
  }
  return left == 0;
}

bool row_of(const Array& a, int64_t n) { return a.is_float() && a.axes() == 1 && a.shape(0) == n && a.c_order(); }

bool same_shape(const Array& a, const Array& b) { return has_shape(a, b.axes(), b.shape()); }

bool same_order(const Array& a, const Array& b) {
  if (!same_shape(a, b)) return false;
  if (a.c_order() && b.c_order()) return true;
  const int64_t x = a.item(), y = b.item();
  for (int i = 0; i < a.axes(); i++)
    if (a.shape(i) != 1 && a.strides()[i] * y != b.strides()[i] * x) return a.size() == 0;
  return true;
}

bool channels_last(const Array& a) {
  npy_intp strides[kMaxAxes];
  channels_last_strides(a.axes(), a.shape(), a.item(), strides);
  return has_strides(a, strides);
}

bool overlap(const Array& a, const Array& b) {
  const Array* arrays[2] = {&a, &b};
  const char *first[2], *last[2];
  for (int k = 0; k < 2; k++) {
    const Array& x = *arrays[k];
    if (x.size() == 0) return false;
    first[k] = last[k] = x.data<const char>();
    for (int i = 0; i < x.axes(); i++) {
      const npy_intp reach = (x.shape(i) - 1) * x.strides()[i];
      (reach < 0 ? first[k] : last[k]) += reach;
    }
    last[k] += x.item();
  }
  return first[0] < last[1] && first[1] < last[0];
}

py::object empty(int axes, const npy_intp* shape, int type) { return new_array(axes, shape, nullptr, type); }

int64_t size_of(int type) {
  PyArray_Descr* descr = PyArray_DescrFromType(type);
  const int64_t size = PyDataType_ELSIZE(descr);
  Py_DECREF(descr);
  return size;
}

py::object empty_like(const Array& a, int type) {
  if (a.c_order()) return new_array(a.axes(), a.shape(), nullptr, type);
  npy_intp strides[kMaxAxes];
  const int64_t item = type == a.type() ? a.item() : size_of(type);
  for (int i = 0; i < a.axes(); i++) strides[i] = a.stride(i) * item;
  return new_array(a.axes(), a.shape(), strides, type);
}

py::object empty_channels_last(int axes, const npy_intp* shape, int type) {
  npy_intp strides[kMaxAxes];
  channels_last_strides(axes, shape, size_of(type), strides);
  return new_array(axes, shape, strides, type);
}

py::object result_like(const Array& out, const Array& like, std::initializer_list<const Array*> inputs, int type) {
  if (out.none) return empty_like(like, type);
  if (!out.is(type) || !out.writeable() || !same_order(out, like)) return {};
  for (const Array* in : inputs)
    if (in->array && overlap(out, *in) && !(in->is(type) && out.data() == in->data() && same_order(out, *in))) return {};
  return borrow(out);
}

py::object result(const Array& out, int axes, const npy_intp* shape, std::initializer_list<const Array*> apart_from, int type) {
  if (out.none) return empty(axes, shape, type);
  if (!usable(out, type, axes, shape, apart_from) || !out.c_order()) return {};
  return borrow(out);
}

py::object result_channels_last(const Array& out, int axes, const npy_intp* shape,
                                std::initializer_list<const Array*> apart_from, int type) {
  if (out.none) return empty_channels_last(axes, shape, type);
  if (!usable(out, type, axes, shape, apart_from) || !channels_last(out)) return {};
  return borrow(out);
}

void copy_in_order(float* to, const npy_intp* byte_strides, const Array& a, const char* op) {
  Strided s{};
  s.axes = a.axes();
  for (int i = 0; i < a.axes(); i++) {
    s.shape[i] = a.shape(i);
    s.to[i] = byte_strides[i] / (npy_intp)sizeof(float);
    s.from[i] = a.stride(i);
  }
  launch<&Kernels::copy_strided>(elements(a.size(), 0.5, 2, op), to, a.data(), s);
}

InOrder::InOrder(const Array& a, bool as_it_is, const npy_intp* byte_strides, const char* op) : data_(a.data()) {
  if (as_it_is) return;
  copy_.emplace(op, (size_t)(a.size() > 0 ? a.size() : 1) * sizeof(float));
  data_ = static_cast<float*>(copy_->get());
  copy_in_order(static_cast<float*>(copy_->get()), byte_strides, a, op);
}

InOrder InOrder::like(const Array& a, const Array& other, const char* op) {
  return InOrder(a, same_order(a, other), other.strides(), op);
}

InOrder InOrder::channels_last(const Array& a, const char* op) {
  npy_intp strides[kMaxAxes];
  channels_last_strides(a.axes(), a.shape(), sizeof(float), strides);
  return InOrder(a, has_strides(a, strides), strides, op);
}

InOrder InOrder::c_order(const Array& a, const char* op) {
  npy_intp strides[kMaxAxes];
  c_strides(a.axes(), a.shape(), sizeof(float), strides);
  return InOrder(a, a.c_order(), strides, op);
}

}  // namespace mg
