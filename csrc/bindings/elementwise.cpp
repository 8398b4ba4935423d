// Elementwise functions: of one array, of two alike, of an array with a number or a row.
#include "bindings/arrays.h"

#include <string.h>

namespace mg {
namespace {

constexpr double kPlain = 2e-4, kHard = 8e-4;  // microseconds for an element

// An array, or a Python float or int (not a subclass: numpy's scalars carry dtypes of their own).
struct Operand {
  Array array;
  float number = 0;
  bool is_number = false;
};

}  // namespace
}  // namespace mg

namespace pybind11::detail {
template <>
struct type_caster<mg::Operand> {
  PYBIND11_TYPE_CASTER(mg::Operand, const_name("numpy.ndarray | float"));
  bool load(handle src, bool) {
    if (PyFloat_CheckExact(src.ptr())) {
      value.number = (float)PyFloat_AS_DOUBLE(src.ptr());
      value.is_number = true;
    } else if (PyLong_CheckExact(src.ptr())) {
      const double x = PyLong_AsDouble(src.ptr());
      if (x == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return true;  // too large: numpy says so
      }
      value.number = (float)x;
      value.is_number = true;
    } else {
      value.array.view(src.ptr());
    }
    return true;
  }
};
}  // namespace pybind11::detail

namespace mg {
namespace {

using Flat = void (*)(float*, const float*, const float*, int64_t);
using Map = void (*)(float*, const float*, int64_t);

py::object unary(Map kernel, const Array& a, const Array& out, double cost) {
  if (!a.is_float() || !dense(a)) return py::none();
  py::object y = result_like(out, a, {&a});
  if (!y) return py::none();
  const int64_t n = a.size();
  Unlocked work((double)n * cost);
  kernel(floats(y), a.data(), n);
  return y;
}

// Two arrays of one shape. The memory order is that of the one that is dense, b's if both are.
py::object alike(Flat kernel, const Array& a, const Array& b, const Array& out) {
  const Array& like = dense(b) ? b : a;
  if (!dense(like)) return py::none();
  py::object y = result_like(out, like, {&a, &b});
  if (!y) return py::none();
  const InOrder x = InOrder::like(a, like, "elementwise"), z = InOrder::like(b, like, "elementwise");
  const int64_t n = a.size();
  Unlocked work((double)n * kPlain);
  kernel(floats(y), x.data(), z.data(), n);
  return y;
}

bool broadcasts_to(const Array& b, const Array& a) {
  const int lead = a.axes() - b.axes();
  if (lead < 0) return false;
  for (int i = 0; i < b.axes(); i++)
    if (b.shape(i) != 1 && b.shape(i) != a.shape(lead + i)) return false;
  return true;
}

bool one_number(const Array& b) {
  for (int i = 0; i < b.axes(); i++)
    if (b.shape(i) != 1 && (b.strides()[i] != 0 || b.shape(i) == 0)) return false;
  return true;
}

// b's elements are those of a's last axes, repeated along the others.
bool is_row(const Array& b, const Array& a) {
  if (!a.c_order() || !b.c_order()) return false;
  const int lead = a.axes() - b.axes();
  int i = 0;
  while (i < b.axes() && b.shape(i) == 1) i++;
  for (; i < b.axes(); i++)
    if (b.shape(i) != a.shape(lead + i)) return false;
  return true;
}

// b has one element for each channel (axis 1) of a.
bool is_channel_row(const Array& b, const Array& a) {
  const int lead = a.axes() - b.axes();
  if (a.axes() < 3 || lead > 1 || !b.c_order() || !channels_last(a)) return false;
  for (int i = 0; i < b.axes(); i++)
    if (b.shape(i) != (lead + i == 1 ? a.shape(1) : 1)) return false;
  return true;
}

// a (op) b, b broadcast to a.
py::object broadcast(ArrayOp op, const Array& a, const Array& b, const Array& out) {
  if (!dense(a)) return py::none();
  const int64_t n = a.size(), row = b.size();
  const bool number = one_number(b);
  if (!number && !is_row(b, a) && !is_channel_row(b, a)) return py::none();
  if (!out.none && out.array && overlap(out, b)) return py::none();
  py::object y = result_like(out, a, {&a});
  if (!y) return py::none();
  Unlocked work((double)n * kPlain);
  if (number)
    kernels->with_number(floats(y), a.data(), *b.data(), op, n);
  else if (n > 0)
    kernels->with_row(floats(y), a.data(), b.data(), op, n / row, row);
  return y;
}

py::object with_number(ArrayOp op, const Array& a, float b, const Array& out) {
  if (!a.is_float() || !dense(a)) return py::none();
  py::object y = result_like(out, a, {&a});
  if (!y) return py::none();
  const int64_t n = a.size();
  Unlocked work((double)n * kPlain);
  kernels->with_number(floats(y), a.data(), b, op, n);
  return y;
}

// reverse: the operation with its operands exchanged.
py::object binary(Flat kernel, ArrayOp op, ArrayOp reverse, const Operand& a, const Operand& b, const Array& out) {
  if (b.is_number) return with_number(op, a.array, b.number, out);
  if (a.is_number) return with_number(reverse, b.array, a.number, out);
  if (!a.array.is_float() || !b.array.is_float()) return py::none();
  if (same_shape(a.array, b.array)) return alike(kernel, a.array, b.array, out);
  if (broadcasts_to(b.array, a.array)) return broadcast(op, a.array, b.array, out);
  if (broadcasts_to(a.array, b.array)) return broadcast(reverse, b.array, a.array, out);
  return py::none();
}

py::object backward(Flat kernel, const Array& g, const Array& y, const Array& out) {
  if (!g.is_float() || !y.is_float() || !same_shape(g, y)) return py::none();
  return alike(kernel, g, y, out);
}

// A copy in the same memory order, on a cache line of its own.
py::object copy(const Array& a) {
  if (!a.is_float() || !dense(a)) return py::none();
  py::object y = empty_like(a);
  memcpy(floats(y), a.data(), (size_t)a.size() * sizeof(float));
  return y;
}

}  // namespace

void bind_elementwise(py::module_& m) {
  m.def("copy", copy);
#define UNARY(name, cost) \
  m.def(#name, [](const Array& a, const Array& out) { return unary(kernels->name, a, out, cost); });
  UNARY(neg, kPlain)
  UNARY(abs, kPlain)
  UNARY(relu, kPlain)
  UNARY(exp, kHard)
  UNARY(log, kHard)
  UNARY(sqrt, kHard)
  UNARY(tanh, kHard)
  UNARY(sigmoid, kHard)
#undef UNARY
#define BINARY(name, op, reverse) \
  m.def(#name, [](const Operand& a, const Operand& b, const Array& out) { \
    return binary(kernels->name, op, reverse, a, b, out); \
  });
  BINARY(add, kAdd, kAdd)
  BINARY(sub, kSub, kReverseSub)
  BINARY(mul, kMul, kMul)
  BINARY(div, kDiv, kReverseDiv)
  BINARY(pick_mul, kPickMul, kReversePickMul)
  BINARY(pick_div, kPickDiv, kReversePickDiv)
  BINARY(maximum, kMaximum, kMaximum)
  BINARY(minimum, kMinimum, kMinimum)
#undef BINARY
#define BACKWARD(name) \
  m.def(#name, [](const Array& g, const Array& y, const Array& out) { return backward(kernels->name, g, y, out); });
  BACKWARD(relu_backward)
  BACKWARD(sigmoid_backward)
  BACKWARD(tanh_backward)
#undef BACKWARD
}

}  // namespace mg
