// Images turned, moved and scaled, and given another size.
#include "bindings/arrays.h"

namespace mg {
namespace {

py::object affine_batch(const Array& images, const Array& matrices, double fill, const Array& out) {
  if (!is_images(images) || !is_table(matrices, images.shape(0), 6) || !is_fill(images, fill)) return py::none();
  py::object y = result(out, 4, images.shape(), {&images, &matrices}, images.type());
  if (!y) return py::none();
  if (images.size() == 0) return y;  // there may be 2^31 rows of no channels
  const int64_t B = images.shape(0), C = images.shape(1), H = images.shape(2), W = images.shape(3);
  const Work work{(double)images.size() * 2e-3, images.size() * images.item() * 2, 0, "affine_batch"};
  const int64_t* const at = matrices.data<int64_t>();
  if (images.is_float()) launch<&Kernels::affine_floats>(work, floats(y), images.data(), at, (float)fill, B, C, H, W);
  else launch<&Kernels::affine_bytes>(work, values<uint8_t>(y), images.data<uint8_t>(), at, (float)fill, B, C, H, W);
  return y;
}

// (start (O), weight (O, K)) for a side of I places
bool is_taps(const Array& start, const Array& weight, int64_t I) {
  return start.is(NPY_INT64) && weight.is(NPY_INT32) && start.axes() == 1 && weight.axes() == 2 && start.c_order() &&
         weight.c_order() && start.shape(0) == weight.shape(0) && weight.shape(1) > 0 && weight.shape(1) <= I &&
         are_sides(I, start.shape(0));
}

py::object resize_batch(const Array& images, const py::tuple& rows, const py::tuple& columns, const Array& scale,
                        const Array& shift, const Array& out) {
  if (!is_images(images) || !images.is(NPY_UINT8) || !is_rule(scale, shift, images.shape(1))) return py::none();
  if (rows.size() != 2 || columns.size() != 2) return py::none();
  const Array row_start(rows[0].ptr()), row_weight(rows[1].ptr());
  const Array column_start(columns[0].ptr()), column_weight(columns[1].ptr());
  const int64_t H = images.shape(2), W = images.shape(3), N = images.shape(0) * images.shape(1);
  if (!is_taps(row_start, row_weight, H) || !is_taps(column_start, column_weight, W)) return py::none();
  const Weighted down{row_start.data<int64_t>(), row_weight.data<int32_t>(), row_start.shape(0), row_weight.shape(1)};
  const Weighted along{column_start.data<int64_t>(), column_weight.data<int32_t>(), column_start.shape(0),
                       column_weight.shape(1)};
  const npy_intp shape[4] = {images.shape(0), images.shape(1), (npy_intp)down.O, (npy_intp)along.O};
  const double made = (double)N * (double)down.O * (double)along.O;
  if (made > 1e15 || (double)H * (double)along.O > 1e12) return py::none();
  const bool same = scale.none;
  py::object y = result(out, 4, shape, {&images, &row_start, &row_weight, &column_start, &column_weight, &scale, &shift},
                        same ? NPY_UINT8 : NPY_FLOAT);
  if (!y) return py::none();
  const Work work{made * 1e-3, images.size() + (int64_t)made * (same ? 1 : 4), 0, "resize_batch"};
  const uint8_t* const from = images.data<uint8_t>();
  if (same) launch<&Kernels::resize_bytes>(work, values<uint8_t>(y), from, down, along, N, H, W);
  else
    launch<&Kernels::resize_bytes_to_floats>(work, floats(y), from, down, along, scale.data(), shift.data(), scale.shape(0), N,
                                             H, W);
  return y;
}

}  // namespace

void bind_warp(py::module_& m) {
  m.def("affine_batch", affine_batch);
  m.def("resize_batch", resize_batch);
}

}  // namespace mg
