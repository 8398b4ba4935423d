// What holds gradients to a norm or a size, over lists of arrays; after optim.inl, whose lists it reads.
#include "bindings/arrays.h"

namespace mg {
namespace {

int order_of(double order) { return order == 1 ? 1 : order == 2 ? 2 : order == HUGE_VAL ? 0 : -1; }

// -> the norm, 0-d, or None if the reference has to do it
py::object norm_of_all(py::handle arrays, double order) {
  const int power = order_of(order);
  if (power < 0 || !PyList_CheckExact(arrays.ptr())) return py::none();
  const Py_ssize_t n = PyList_GET_SIZE(arrays.ptr());
  if (n == 0) return py::none();
  Steps held((size_t)n);
  for (Py_ssize_t i = 0; i < n; i++) {
    const Array& a = held[(size_t)i].hold(0, PyList_GET_ITEM(arrays.ptr(), i), &held[(size_t)i].p);
    if (!a.is_float() || !dense(a)) return py::none();
  }
  const npy_intp count = n;
  py::object sums = empty(1, &count), norm = empty(0, nullptr);
  const Array sums_view(sums.ptr()), norm_view(norm.ptr());  // while it is recorded they are kept with the record
  for (Py_ssize_t i = 0; i < n; i++) {
    const Array& a = held[(size_t)i].p;
    launch<&Kernels::power_sum>(elements(a.size(), kEasy, 1), floats(sums) + i, a.data(), a.size(), power);
  }
  launch<&Kernels::norm_of_sums>(elements(n, kEasy, 1), floats(norm), floats(sums), (int64_t)n, power);
  return norm;
}

py::object scale_to_norm(py::handle arrays, const Array& norm, double largest) {
  if (!norm.is_float() || norm.size() != 1) return py::none();
  return step_all<&Kernels::scale_to_norm>("scale_to_norm", kEasy, 2, arrays, arrays, {}, nothing_first, norm.data(), largest);
}

py::object clip_all(py::handle arrays, double bound) {
  return step_all<&Kernels::clip_all>("clip_all", kEasy, 2, arrays, arrays, {}, nothing_first, (float)bound);
}

}  // namespace

void bind_clip(py::module_& m) {
  m.def("norm_of_all", norm_of_all);
  m.def("scale_to_norm", scale_to_norm);
  m.def("clip_all", clip_all);
}

}  // namespace mg
