// Windows of batches of images, and the random words that choose them.
#include "bindings/arrays.h"

namespace mg {
namespace {

// (B, C, H, W) uint8 or float32 in C order, with pixels
bool is_images(const Array& a) {
  return (a.is(NPY_UINT8) || a.is_float()) && a.axes() == 4 && a.c_order() && a.shape(2) > 0 && a.shape(3) > 0;
}

bool is_table(const Array& a, int64_t rows, int64_t columns) {
  return a.is(NPY_INT64) && a.axes() == 2 && a.shape(0) == rows && a.shape(1) == columns && a.c_order();
}

// Both (C) or (1), or both None.
bool is_rule(const Array& scale, const Array& shift, int64_t C) {
  if (scale.none && shift.none) return true;
  return scale.is_float() && shift.is_float() && scale.axes() == 1 && shift.axes() == 1 && scale.c_order() && shift.c_order() &&
         scale.shape(0) == shift.shape(0) && (scale.shape(0) == 1 || scale.shape(0) == C);
}

// Whether (H, W) and (OH, OW) are sides of images that can be.
bool are_sides(int64_t a, int64_t b) { return a > 0 && b > 0 && a < (1 << 30) && b < (1 << 30); }

bool is_fill(const Array& images, double fill) { return images.is_float() || (fill >= 0 && fill < 256); }

py::object sample_words(const Array& index, const Array& key, int64_t count, const Array& out) {
  if (!index.is(NPY_INT64) || index.axes() != 1 || !index.c_order() || count < 0 || count > (1 << 26)) return py::none();
  if (!key.is(NPY_UINT64) || key.axes() != 1 || key.shape(0) != 2 || !key.c_order()) return py::none();
  const int64_t B = index.shape(0);
  if ((double)B * (double)count > 1e12) return py::none();
  const npy_intp shape[2] = {B, count};
  py::object words = result(out, 2, shape, {&index, &key}, NPY_UINT32);
  if (!words) return py::none();
  const Work work{(double)(B * count) * 3e-3, B * (8 + count * 4), 0, "sample_words"};
  launch<&Kernels::sample_words>(work, values<uint32_t>(words), index.data<int64_t>(), key.data<uint64_t>(), B, count);
  return words;
}

py::object crop_batch(const Array& images, const Array& places, const Pair& size, bool reflect, double fill, const Array& scale,
                      const Array& shift, const Array& out) {
  if (!is_images(images) || !is_table(places, images.shape(0), 3) || !size.ok || !are_sides(size.first, size.second))
    return py::none();
  const bool bytes = images.is(NPY_UINT8);
  if (!is_rule(scale, shift, images.shape(1)) || !are_sides(images.shape(2), images.shape(3)) || !is_fill(images, fill))
    return py::none();
  const npy_intp shape[4] = {images.shape(0), images.shape(1), (npy_intp)size.first, (npy_intp)size.second};
  const double made = (double)shape[0] * (double)shape[1] * (double)shape[2] * (double)shape[3];
  if (made > 1e15) return py::none();
  const bool same = bytes && scale.none;
  py::object y = result(out, 4, shape, {&images, &places, &scale, &shift}, same ? NPY_UINT8 : NPY_FLOAT);
  if (!y) return py::none();
  const int64_t channels = scale.none ? 1 : scale.shape(0);
  const Windows s{shape[0], shape[1], images.shape(2), images.shape(3), shape[2], shape[3], channels, reflect, (float)fill};
  const Work work{made * 3e-4, (int64_t)made * (images.item() + (same ? 1 : 4)), 0, "crop_batch"};
  const int64_t* const at = places.data<int64_t>();
  const float *const by = scale.none ? nullptr : scale.data(), *const plus = scale.none ? nullptr : shift.data();
  if (same) launch<&Kernels::crop_bytes>(work, values<uint8_t>(y), images.data<uint8_t>(), at, s);
  else if (bytes) launch<&Kernels::crop_bytes_to_floats>(work, floats(y), images.data<uint8_t>(), at, by, plus, s);
  else launch<&Kernels::crop_floats>(work, floats(y), images.data(), at, by, plus, s);
  return y;
}

}  // namespace

void bind_augment(py::module_& m) {
  m.def("sample_words", sample_words);
  m.def("crop_batch", crop_batch);
}

}  // namespace mg
