// Orders along the last axis of arrays in C order.
#include "bindings/arrays.h"

namespace mg {
namespace {

bool sortable(const Array& a, long axis) {
  return a.is_float() && a.c_order() && a.axes() > 0 && (axis == -1 || axis == a.axes() - 1) && a.shape(a.axes() - 1) > 0 &&
         a.shape(a.axes() - 1) < ((int64_t)1 << 31);
}

py::object argsort(const Array& a, long axis, const Array& out) {
  if (!sortable(a, axis)) return py::none();
  py::object index = result(out, a.axes(), a.shape(), {&a}, NPY_INT64);
  if (!index) return py::none();
  const int64_t C = a.shape(a.axes() - 1);
  launch<&Kernels::argsort_rows>(elements(a.size(), 12, 3), values<int64_t>(index), a.data(), a.size() / C, C);
  return index;
}

// (values, places) of the first n
py::object topk(const Array& a, long n, long axis, bool largest) {
  if (!sortable(a, axis) || n < 1 || n > 64 || n > a.shape(a.axes() - 1)) return py::none();
  npy_intp shape[kMaxAxes];
  for (int i = 0; i < a.axes(); i++) shape[i] = i + 1 < a.axes() ? a.shape(i) : n;
  py::object y = empty(a.axes(), shape), index = empty(a.axes(), shape, NPY_INT64);
  const int64_t C = a.shape(a.axes() - 1);
  launch<&Kernels::topk_rows>(elements(a.size(), 0.3, 1), floats(y), values<int64_t>(index), a.data(), a.size() / C, C,
                              (int64_t)n, largest);
  return py::make_tuple(y, index);
}

}  // namespace

void bind_sort(py::module_& m) {
  m.def("argsort", argsort);
  m.def("topk", topk);
}

}  // namespace mg
