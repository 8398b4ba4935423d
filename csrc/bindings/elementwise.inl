// Elementwise functions: of one array, of two. The list of them is csrc/elementwise.h.
#include "bindings/operands.inl"

namespace mg {
namespace {

// The kernel of int64 that goes with one of floats, if there is one.
template <auto Kernel> py::object of_integers(const Operand&, const Operand&, const Array&, const char*) { return py::none(); }
#define OF_INTEGERS(name, text) \
  template <> py::object of_integers<&Kernels::name>(const Operand& a, const Operand& b, const Array& out, const char* op) { \
    return two_integers<&Kernels::name##_int64, int64_t>(a, b, out, NPY_INT64, op); \
  }
MG_INTEGER(OF_INTEGERS)

// Where a backward kernel writes what it makes of g and y, prepared in `two`; None if it cannot serve them.
py::object gradient_of(const Array& g, const Array& y, const Array& out, Two* two) {
  if (!g.is_float() || !y.is_float() || !same_shape(g, y)) return py::none();
  py::object ga = prepare_same_shape(g, y, out, NPY_FLOAT, two);
  return ga ? ga : py::none();
}

// {kind: {name: whether it is computed by an approximation}}: tests read it, so that they need no list of their own
py::dict elementwise() {
  py::dict unary, between, with_number, binary, compare, backward, backward_with_number, all;
#define LIST_UNARY(name, cost, text) unary[#name] = cost > kEasy;
#define LIST_BETWEEN(name, cost, text) between[#name] = cost > kEasy;
#define LIST_WITH_NUMBER(name, cost, text) with_number[#name] = cost > kEasy;
#define LIST_BACKWARD_WITH_NUMBER(name, cost, text) backward_with_number[#name] = cost > kEasy;
#define LIST_BINARY(name, cost, text) binary[#name] = cost > kEasy;
#define LIST_COMPARE(name, cost, text) compare[#name] = cost > kEasy;
#define LIST_BACKWARD(name, cost, text) backward[#name] = cost > kEasy;
  MG_UNARY(LIST_UNARY)
  MG_BETWEEN(LIST_BETWEEN)
  MG_WITH_NUMBER(LIST_WITH_NUMBER)
  MG_BINARY(LIST_BINARY)
  MG_COMPARE(LIST_COMPARE)
  MG_BACKWARD(LIST_BACKWARD)
  MG_BACKWARD_WITH_NUMBER(LIST_BACKWARD_WITH_NUMBER)
  all["unary"] = unary;
  all["between"] = between;
  all["with_number"] = with_number;
  all["binary"] = binary;
  all["compare"] = compare;
  all["backward"] = backward;
  all["backward_with_number"] = backward_with_number;
  return all;
}

}  // namespace

void bind_elementwise(py::module_& m) {
  // clang-format off
#define BIND_UNARY(name, cost, text) \
  m.def(#name, +[](const Array& a, const Array& out) -> py::object { \
    if (!a.is_float() || !dense(a)) return py::none(); \
    py::object y = result_like(out, a, {&a}); \
    if (y) launch<&Kernels::name>(elements(a.size(), cost, 2, #name), floats(y), a.data(), a.size()); \
    return y ? y : py::none(); \
  });
  MG_UNARY(BIND_UNARY)
#define BIND_BETWEEN(name, cost, text) \
  m.def(#name, +[](const Array& a, const Operand& low, const Operand& high, const Array& out) -> py::object { \
    if (!a.is_float() || !dense(a) || !low.is_number || !high.is_number) return py::none(); \
    py::object y = result_like(out, a, {&a}); \
    if (!y) return py::none(); \
    launch<&Kernels::name>(elements(a.size(), cost, 2, #name), floats(y), a.data(), low.number, high.number, a.size()); \
    return y; \
  });
  MG_BETWEEN(BIND_BETWEEN)
#define BIND_WITH_NUMBER(name, cost, text) \
  m.def(#name, +[](const Array& a, const Operand& n, const Array& out) -> py::object { \
    if (!a.is_float() || !dense(a) || !n.is_number) return py::none(); \
    py::object y = result_like(out, a, {&a}); \
    if (!y) return py::none(); \
    launch<&Kernels::name>(elements(a.size(), cost, 2, #name), floats(y), a.data(), n.number, a.size()); \
    return y; \
  });
  MG_WITH_NUMBER(BIND_WITH_NUMBER)
#define BIND_BINARY(name, cost, text) \
  m.def(#name, +[](const Operand& a, const Operand& b, const Array& out) { \
    if (a.array.is(NPY_INT64) || b.array.is(NPY_INT64)) return of_integers<&Kernels::name>(a, b, out, #name); \
    return two_floats<&Kernels::name, float>(a, b, out, NPY_FLOAT, cost, #name); \
  });
  MG_BINARY(BIND_BINARY)
#define BIND_BACKWARD(name, cost, text) \
  m.def(#name, +[](const Array& g, const Array& y, const Array& out) { \
    Two two; \
    py::object ga = gradient_of(g, y, out, &two); \
    if (!ga.is_none()) launch<&Kernels::name>(elements(two.s.C, cost, 3, #name), floats(ga), two.s.a, two.s.b, two.s.C); \
    return ga; \
  });
  MG_BACKWARD(BIND_BACKWARD)
#define BIND_BACKWARD_WITH_NUMBER(name, cost, text) \
  m.def(#name, +[](const Array& g, const Array& y, const Operand& n, const Array& out) -> py::object { \
    if (!n.is_number) return py::none(); \
    Two two; \
    py::object ga = gradient_of(g, y, out, &two); \
    if (!ga.is_none()) \
      launch<&Kernels::name>(elements(two.s.C, cost, 3, #name), floats(ga), two.s.a, two.s.b, n.number, two.s.C); \
    return ga; \
  });
  MG_BACKWARD_WITH_NUMBER(BIND_BACKWARD_WITH_NUMBER)
  // clang-format on
  m.def("elementwise", elementwise);
}

}  // namespace mg
