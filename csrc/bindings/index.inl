// The adjoints of indexing: sums at places that integer arrays name. float32 and float64.
#include "bindings/arrays.h"

namespace mg {
namespace {

bool numbers(const Array& g) { return (g.is_float() || g.is(NPY_DOUBLE)) && g.c_order(); }
bool integers(const Array& index) { return index.is(NPY_INT64) && index.c_order(); }

// y of `shape` with the rows of g added at `index`: one array for each of the leading axes, whose lengths are `sizes`. The
// other axes make a row. None for a place out of range, too: numpy's error names it.
py::object put(const Array& g, const py::tuple& index, const Shape& sizes, const Shape& shape, const Array& out) {
  const int axes = sizes.axes;
  if (!numbers(g) || !sizes.ok || !shape.ok || axes < 1 || axes > shape.axes || (int)index.size() != axes) return py::none();
  Array places[kMaxAxes];
  NamedRows at{};
  at.axes = axes;
  int64_t rows = 1, total = 1;
  for (int i = 0; i < axes; i++) {
    places[i] = Array(index[(size_t)i].ptr());
    if (!integers(places[i]) || places[i].size() != places[0].size()) return py::none();
    at.index[i] = places[i].data<int64_t>();
    at.sizes[i] = sizes.sizes[i];
    rows *= sizes.sizes[i];
  }
  for (int i = 0; i < shape.axes; i++) total *= shape.sizes[i];
  const int64_t n = places[0].size(), S = rows > 0 ? total / rows : 0;
  if (rows == 0 || total != rows * S || g.size() != n * S) return py::none();
  py::object y = result(out, shape.axes, shape.sizes, {&g}, g.is_float() ? NPY_FLOAT : NPY_DOUBLE);
  for (int i = 0; i < axes && y; i++)
    if (!out.none && overlap(out, places[i])) return py::none();
  if (!y) return py::none();
  const Work work{(double)(n * S + total) * 2e-4 + (double)n * 2e-3, (n * S + total) * g.item(), 0, "put"};
  const int64_t bad = g.is_float() ? launch<&Kernels::put_floats>(work, values<float>(y), g.data(), at, n, rows, S)
                                   : launch<&Kernels::put_doubles>(work, values<double>(y), g.data<double>(), at, n, rows, S);
  if (bad) return py::none();
  return y;
}

// y: `a` with the rows of `values` at `index`, as for put: written over it, of repeats the last, or added to it.
template <auto Floats, auto Doubles>
py::object onto(const Array& a, const py::tuple& index, const Shape& sizes, const Array& rows_of, const Array& out,
                const char* op) {
  const int axes = sizes.axes;
  if (!numbers(a) || !numbers(rows_of) || a.type() != rows_of.type() || !sizes.ok || axes < 1 || axes > a.axes() ||
      (int)index.size() != axes)
    return py::none();
  Array places[kMaxAxes];
  NamedRows at{};
  at.axes = axes;
  int64_t rows = 1;
  for (int i = 0; i < axes; i++) {
    places[i] = Array(index[(size_t)i].ptr());
    if (!integers(places[i]) || places[i].size() != places[0].size() || sizes.sizes[i] != a.shape(i)) return py::none();
    at.index[i] = places[i].data<int64_t>();
    at.sizes[i] = sizes.sizes[i];
    rows *= sizes.sizes[i];
  }
  const int64_t n = places[0].size(), S = rows > 0 ? a.size() / rows : 0;
  if (rows == 0 || rows_of.size() != n * S) return py::none();
  py::object y = result(out, a.axes(), a.shape(), {&a, &rows_of}, a.type());
  for (int i = 0; i < axes && y; i++)
    if (!out.none && overlap(out, places[i])) return py::none();
  if (!y) return py::none();
  const Work work{(double)(n * S + a.size()) * 2e-4 + (double)n * 2e-3, (n * S + 2 * a.size()) * a.item(), 0, op};
  const int64_t bad = a.is_float()
                          ? launch<Floats>(work, values<float>(y), a.data(), rows_of.data(), at, n, rows, S)
                          : launch<Doubles>(work, values<double>(y), a.data<double>(), rows_of.data<double>(), at, n, rows, S);
  if (bad) return py::none();
  return y;
}

py::object overwrite(const Array& a, const py::tuple& index, const Shape& sizes, const Array& rows_of, const Array& out) {
  return onto<&Kernels::overwrite_floats, &Kernels::overwrite_doubles>(a, index, sizes, rows_of, out, "overwrite");
}

py::object add_at(const Array& a, const py::tuple& index, const Shape& sizes, const Array& rows_of, const Array& out) {
  return onto<&Kernels::add_floats_at, &Kernels::add_doubles_at>(a, index, sizes, rows_of, out, "add_at");
}

// y of `shape`: `a`, or zeros where there is none, with `given` written at the places `index` along one axis, or added there;
// index has given's shape.
template <auto Floats, auto Doubles>
py::object onto_along(const Array* a, const Array& index, const Array& given, long axis, int axes, const npy_intp* shape,
                      const Array& out, const char* op) {
  if (!numbers(given) || (a && a->type() != given.type()) || !integers(index) || !same_shape(given, index) ||
      axes != index.axes() || axis < 0 || axis >= axes)
    return py::none();
  int64_t A = 1, B = 1;
  for (int i = 0; i < axes; i++) {
    if (i == axis) continue;
    if (shape[i] != index.shape(i)) return py::none();
    (i < axis ? A : B) *= index.shape(i);
  }
  py::object y = result(out, axes, shape, {a ? a : &given, &index, &given}, given.type());
  if (!y) return py::none();
  const int64_t C = shape[axis], K = index.shape((int)axis);
  if (!A || !B || (!C && !K)) return y;  // and any number of the others
  const Work work{(double)index.size() * 2e-3 + (double)(A * C * B) * 1e-4,
                  (given.size() + (a ? 2 : 1) * A * C * B) * given.item(), 0, op};
  const int64_t* const at = index.data<int64_t>();
  const int64_t bad =
      given.is_float()
          ? launch<Floats>(work, values<float>(y), a ? a->data() : nullptr, given.data(), at, A, C, K, B)
          : launch<Doubles>(work, values<double>(y), a ? a->data<double>() : nullptr, given.data<double>(), at, A, C, K, B);
  if (bad) return py::none();
  return y;
}

py::object put_along(const Array& g, const Array& index, long axis, const Shape& shape, const Array& out) {
  if (!shape.ok) return py::none();
  return onto_along<&Kernels::add_floats_along, &Kernels::add_doubles_along>(nullptr, index, g, axis, shape.axes, shape.sizes,
                                                                             out, "put_along");
}

py::object overwrite_along(const Array& a, const Array& index, const Array& given, long axis, const Array& out) {
  if (!numbers(a)) return py::none();
  return onto_along<&Kernels::overwrite_floats_along, &Kernels::overwrite_doubles_along>(&a, index, given, axis, a.axes(),
                                                                                         a.shape(), out, "overwrite_along");
}

py::object add_along(const Array& a, const Array& index, const Array& given, long axis, const Array& out) {
  if (!numbers(a)) return py::none();
  return onto_along<&Kernels::add_floats_along, &Kernels::add_doubles_along>(&a, index, given, axis, a.axes(), a.shape(), out,
                                                                             "add_along");
}

// y of `shape`: `a`, or zeros where there is none, with the slices of g added at the places `index`, of one axis, along `axis`.
py::object slices_onto(const Array* a, const Array& g, const Array& index, long axis, int axes, const npy_intp* shape,
                       const Array& out, const char* op) {
  if (!numbers(g) || (a && a->type() != g.type()) || !integers(index) || index.axes() != 1 || axes != g.axes() || axis < 0 ||
      axis >= axes || g.shape((int)axis) != index.shape(0))
    return py::none();
  int64_t A = 1, S = 1;
  for (int i = 0; i < axes; i++) {
    if (i == axis) continue;
    if (shape[i] != g.shape(i)) return py::none();
    (i < axis ? A : S) *= g.shape(i);
  }
  py::object y = result(out, axes, shape, {a ? a : &g, &g, &index}, g.type());
  if (!y) return py::none();
  const int64_t C = shape[axis], K = index.shape(0);
  if (!A || !S || (!C && !K)) return y;
  const Work work{(double)g.size() * 2e-4 + (double)(A * K) * 2e-3 + (double)(A * C * S) * 1e-4,
                  (g.size() + (a ? 2 : 1) * A * C * S) * g.item(), 0, op};
  const int64_t* const at = index.data<int64_t>();
  const int64_t bad =
      g.is_float()
          ? launch<&Kernels::add_floats_slices>(work, values<float>(y), a ? a->data() : nullptr, g.data(), at, A, C, K, S)
          : launch<&Kernels::add_doubles_slices>(work, values<double>(y), a ? a->data<double>() : nullptr, g.data<double>(), at,
                                                 A, C, K, S);
  if (bad) return py::none();
  return y;
}

py::object put_slices(const Array& g, const Array& index, long axis, const Shape& shape, const Array& out) {
  return shape.ok ? slices_onto(nullptr, g, index, axis, shape.axes, shape.sizes, out, "put") : py::none();
}

py::object add_slices(const Array& a, const Array& g, const Array& index, long axis, const Array& out) {
  return numbers(a) ? slices_onto(&a, g, index, axis, a.axes(), a.shape(), out, "add_at") : py::none();
}

// y: `a` at the places `index` along one axis; index has a's other sizes.
py::object take_along(const Array& a, const Array& index, long axis, const Array& out) {
  if (!numbers(a) || !integers(index) || a.axes() != index.axes() || axis < 0 || axis >= a.axes()) return py::none();
  int64_t A = 1, B = 1;
  for (int i = 0; i < a.axes(); i++) {
    if (i == axis) continue;
    if (a.shape(i) != index.shape(i)) return py::none();
    (i < axis ? A : B) *= a.shape(i);
  }
  py::object y = result(out, a.axes(), index.shape(), {&a, &index}, a.type());
  if (!y) return py::none();
  const int64_t C = a.shape((int)axis), K = index.shape((int)axis);
  if (!index.size()) return y;
  if (!C) return py::none();
  const Work work{(double)index.size() * 1e-3, index.size() * (8 + 2 * a.item()), 0, "take_along"};
  const int64_t* const at = index.data<int64_t>();
  const int64_t bad = a.is_float()
                          ? launch<&Kernels::take_floats_along>(work, values<float>(y), a.data(), at, A, C, K, B)
                          : launch<&Kernels::take_doubles_along>(work, values<double>(y), a.data<double>(), at, A, C, K, B);
  if (bad) return py::none();
  return y;
}

}  // namespace

void bind_index(py::module_& m) {
  m.def("put", put);
  m.def("put_along", put_along);
  m.def("put_slices", put_slices);
  m.def("overwrite", overwrite);
  m.def("overwrite_along", overwrite_along);
  m.def("add_at", add_at);
  m.def("add_along", add_along);
  m.def("add_slices", add_slices);
  m.def("take_along", take_along);
}

}  // namespace mg
