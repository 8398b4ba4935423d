// The two operands of an elementwise kernel, of a comparison and of a choice: two arrays of one shape, or an array with a number
// or a row. A + before a lambda (elementwise.inl, compare.inl) makes it a plain function, so that pybind11's templates are
// compiled once for all of one signature.
#include "bindings/arrays.h"

namespace mg {
namespace {

// An array, or a Python float or int (not a subclass: numpy's scalars carry dtypes of their own).
struct Operand {
  Array array;
  float number = 0;
  int64_t integer = 0;
  bool is_number = false, is_integer = false;
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
      int overflow;
      value.integer = PyLong_AsLongLongAndOverflow(src.ptr(), &overflow);
      value.is_integer = !overflow;
    } else {
      value.array.view(src.ptr());
    }
    return true;
  }
};
}  // namespace pybind11::detail

namespace mg {
namespace {

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

// The two operands of a call, ready for the kernel. `copy`: that of one of them in the other's memory order, if it had another.
struct Two {
  Operands s{};
  std::optional<InOrder> copy;
};

// Two arrays of one shape -> where their result goes, or null. The memory order is that of the one that is dense, b's if
// both are.
py::object prepare_same_shape(const Array& a, const Array& b, const Array& out, int type, Two* two) {
  const bool second = dense(b);
  const Array &like = second ? b : a, &other = second ? a : b;
  if (!second && !dense(a)) return {};
  py::object y = result_like(out, like, {&a, &b}, type);
  if (!y) return y;
  const float* moved = other.data();
  if (!same_order(other, like)) moved = two->copy.emplace(InOrder::like(other, like, "elementwise")).data();
  two->s.a = second ? moved : a.data();
  two->s.b = second ? b.data() : moved;
  two->s.R = 1;
  two->s.C = a.size();
  return y;
}

// `small` is broadcast to `large`; turned: `small` is the first operand.
py::object prepare_broadcast(const Array& large, const Array& small, bool turned, const Array& out, int type, Two* two) {
  if (!dense(large)) return {};
  const bool number = one_number(small);
  if (!number && !is_row(small, large) && !is_channel_row(small, large)) return {};
  if (!out.none && out.array && overlap(out, small)) return {};
  py::object y = result_like(out, large, {&large}, type);
  if (!y) return y;
  Operands& s = two->s;
  const int64_t row = small.size();
  s.R = number ? 1 : row > 0 ? large.size() / row : 0;
  s.C = number ? large.size() : row;
  (turned ? s.b : s.a) = large.data();
  if (number) (turned ? s.a_number : s.b_number) = large.size() > 0 ? *small.data() : 0;
  else (turned ? s.a : s.b) = small.data(), (turned ? s.a_row : s.b_row) = true;
  return y;
}

py::object prepare_number(const Array& a, float number, bool turned, const Array& out, int type, Two* two) {
  if (!a.is_float() || !dense(a)) return {};
  py::object y = result_like(out, a, {&a}, type);
  if (!y) return y;
  (turned ? two->s.b : two->s.a) = a.data();
  (turned ? two->s.a_number : two->s.b_number) = number;
  two->s.R = 1;
  two->s.C = a.size();
  return y;
}

py::object prepare_two(const Operand& a, const Operand& b, const Array& out, int type, Two* two) {
  if (b.is_number) return prepare_number(a.array, b.number, false, out, type, two);
  if (a.is_number) return prepare_number(b.array, a.number, true, out, type, two);
  if (!a.array.is_float() || !b.array.is_float()) return {};
  if (same_shape(a.array, b.array)) return prepare_same_shape(a.array, b.array, out, type, two);
  if (broadcasts_to(b.array, a.array)) return prepare_broadcast(a.array, b.array, false, out, type, two);
  if (broadcasts_to(a.array, b.array)) return prepare_broadcast(b.array, a.array, true, out, type, two);
  return {};
}

// Two arrays of int64 in one memory order, or one and an integer.
bool prepare_integers(const Operand& a, const Operand& b, const Array& out, int type, py::object* y, Integers* s) {
  const Operand* operands[2] = {&a, &b};
  const Array* like = nullptr;
  for (const Operand* x : operands) {
    if (x->is_integer) continue;
    if (!x->array.is(NPY_INT64) || !dense(x->array) || (like && !same_order(x->array, *like))) return false;
    like = &x->array;
  }
  if (!like) return false;
  *y = result_like(out, *like, {&a.array, &b.array}, type);
  if (!*y) return false;
  *s = Integers{a.is_integer ? nullptr : a.array.data<int64_t>(), b.is_integer ? nullptr : b.array.data<int64_t>(), a.integer,
                b.integer, like->size()};
  return true;
}

template <auto Kernel, class Y>
py::object two_floats(const Operand& a, const Operand& b, const Array& out, int type, double cost, const char* op) {
  Two two;
  py::object y = prepare_two(a, b, out, type, &two);
  if (!y) return py::none();
  launch<Kernel>(elements(two.s.R * two.s.C, cost, 3, op), values<Y>(y), two.s);
  return y;
}

template <auto Kernel, class Y>
py::object two_integers(const Operand& a, const Operand& b, const Array& out, int type, const char* op) {
  py::object y;
  Integers s{};
  if (!prepare_integers(a, b, out, type, &y, &s)) return py::none();
  launch<Kernel>(elements(s.n, 2 * kEasy, 6, op), values<Y>(y), s);
  return y;
}

}  // namespace
}  // namespace mg
