// Comparisons, and choosing between two operands. The list of comparisons is csrc/elementwise.h.
namespace mg {
namespace {

// An operand of `where` as the kernel takes it: an array of the condition's shape, or a number.
template <class T> struct Choice {
  const T* array = nullptr;
  T number = 0;
};

Choice<float> choice(const Operand& x, const Array& condition, const Array& like, std::optional<InOrder>* copy) {
  if (x.is_number) return {nullptr, x.number};
  if (!same_shape(x.array, condition)) return {nullptr, condition.size() > 0 ? *x.array.data() : 0};
  return {copy->emplace(InOrder::like(x.array, like, "where")).data()};
}

Choice<int64_t> choice(const Operand& x, const Array& condition) {
  if (x.is_integer) return {nullptr, x.integer};
  if (!same_shape(x.array, condition)) return {nullptr, condition.size() > 0 ? *x.array.data<int64_t>() : 0};
  return {x.array.data<int64_t>()};
}

// a where the condition holds, else b: each a number or an array of its shape; arrays are of floats, or of int64.
py::object where(const Array& condition, const Operand& a, const Operand& b, const Array& out) {
  if (!condition.is(NPY_BOOL)) return py::none();
  if (a.is_number && b.is_number) return py::none();  // two numbers: numpy makes doubles of them
  const bool integers = a.is_number ? b.array.is(NPY_INT64) : a.array.is(NPY_INT64);
  const Array* like = nullptr;
  for (const Operand* x : {&a, &b}) {
    if (integers ? x->is_integer : x->is_number) continue;
    if (!x->array.is(integers ? NPY_INT64 : NPY_FLOAT)) return py::none();
    if (same_shape(x->array, condition)) {
      if (integers && !same_order(x->array, condition)) return py::none();
      if (!like || !dense(*like)) like = &x->array;
    } else if (!one_number(x->array) || !broadcasts_to(x->array, condition)) {
      return py::none();
    }
  }
  if (!like) like = &condition;
  if (!dense(*like) || !same_order(condition, *like)) return py::none();
  py::object y = result_like(out, *like, {&a.array, &b.array, &condition}, integers ? NPY_INT64 : NPY_FLOAT);
  if (!y) return py::none();
  const int64_t n = condition.size();
  if (integers) {
    const Choice<int64_t> u = choice(a, condition), v = choice(b, condition);
    launch<&Kernels::where_int64>(elements(n, 2 * kEasy, 6), values<int64_t>(y), condition.data<bool>(),
                                  Integers{u.array, v.array, u.number, v.number, n});
  } else {
    std::optional<InOrder> copies[2];
    const Choice<float> u = choice(a, condition, *like, &copies[0]), v = choice(b, condition, *like, &copies[1]);
    launch<&Kernels::where>(elements(n, kEasy, 3), floats(y), condition.data<bool>(),
                            Operands{u.array, v.array, u.number, v.number, false, false, 1, n});
  }
  return y;
}

}  // namespace

void bind_compare(py::module_& m) {
  // clang-format off
#define BIND_COMPARE(name, cost, text) \
  m.def(#name, +[](const Operand& a, const Operand& b, const Array& out) { \
    if (a.array.is(NPY_INT64) || b.array.is(NPY_INT64)) \
      return two_integers<&Kernels::name##_int64, bool>(a, b, out, NPY_BOOL, #name); \
    return two_floats<&Kernels::name, bool>(a, b, out, NPY_BOOL, cost, #name); \
  });
  MG_COMPARE(BIND_COMPARE)
  // clang-format on
  m.def("where", where);
}

}  // namespace mg
