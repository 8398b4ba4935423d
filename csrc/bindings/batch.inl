// Batches gathered from a data set.
#include "bindings/arrays.h"

namespace mg {
namespace {

// images (N, C, ...) uint8 or float32, index (B) int64, scale and shift (C) or (1) -> (B, C, ...) float32
py::object gather_batch(const Array& images, const Array& index, const Array& scale, const Array& shift, const Array& out) {
  const bool bytes = images.is(NPY_UINT8);
  if (!(bytes || images.is_float()) || images.axes() < 2 || !images.c_order()) return py::none();
  if (!index.is(NPY_INT64) || index.axes() != 1 || !index.c_order()) return py::none();
  if (!scale.is_float() || !shift.is_float() || scale.axes() != 1 || shift.axes() != 1 || !scale.c_order() ||
      !shift.c_order() || scale.shape(0) != shift.shape(0))
    return py::none();
  const int64_t N = images.shape(0), B = index.shape(0), C = scale.shape(0);
  int64_t size = 1;  // of an image
  for (int i = 1; i < images.axes(); i++) size *= images.shape(i);
  if (C < 1 || (C != 1 && C != images.shape(1))) return py::none();
  npy_intp shape[kMaxAxes];
  shape[0] = B;
  for (int i = 1; i < images.axes(); i++) shape[i] = images.shape(i);
  py::object y = result(out, images.axes(), shape, {&images, &index, &scale, &shift});
  if (!y) return py::none();
  const Work work{(double)(B * size) * 2e-4, B * size * (4 + images.item()), 0, "gather_batch"};
  const int64_t* const rows = index.data<int64_t>();
  const float *const by = scale.data(), *const plus = shift.data();
  const int64_t bad =
      bytes ? launch<&Kernels::gather_bytes>(work, floats(y), images.data<uint8_t>(), rows, by, plus, N, B, C, size / C)
            : launch<&Kernels::gather_floats>(work, floats(y), images.data(), rows, by, plus, N, B, C, size / C);
  if (bad) return py::none();  // from the end, or an error: numpy knows
  return y;
}

}  // namespace

void bind_batch(py::module_& m) { m.def("gather_batch", gather_batch); }

}  // namespace mg
