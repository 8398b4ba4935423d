// Boxes of images filled, images mixed, colours changed.
#include "bindings/arrays.h"

namespace mg {
namespace {

py::object paste_boxes(const Array& images, const Array& source, const Array& boxes, const Array& out) {
  if (!is_images(images) || !is_table(boxes, images.shape(0), 4) || !source.is(images.type()) || !source.c_order())
    return py::none();
  const bool whole = same_shape(source, images);
  if (!whole && (source.axes() != 1 || source.shape(0) != images.shape(1))) return py::none();
  py::object y = result(out, 4, images.shape(), {&images, &source, &boxes}, images.type());
  if (!y) return py::none();
  const int64_t B = images.shape(0), C = images.shape(1), H = images.shape(2), W = images.shape(3);
  const Work work{(double)images.size() * 1e-4, images.size() * images.item() * 2, 0, "paste_boxes"};
  const int64_t* const at = boxes.data<int64_t>();
  if (images.is_float()) launch<&Kernels::paste_floats>(work, floats(y), images.data(), source.data(), at, whole, B, C, H, W);
  else
    launch<&Kernels::paste_bytes>(work, values<uint8_t>(y), images.data<uint8_t>(), source.data<uint8_t>(), at, whole, B, C, H,
                                  W);
  return y;
}

py::object jitter_batch(const Array& images, const Array& factors, const Array& order, const Array& out) {
  if (!is_images(images) || !images.is(NPY_UINT8) || !is_table(factors, images.shape(0), 3)) return py::none();
  const int64_t B = images.shape(0), C = images.shape(1), P = images.shape(2) * images.shape(3);
  if (!order.is(NPY_INT64) || order.axes() != 1 || order.shape(0) != B || !order.c_order() || (C != 1 && C != 3))
    return py::none();
  py::object y = result(out, 4, images.shape(), {&images, &factors, &order}, NPY_UINT8);
  if (!y) return py::none();
  const Work work{(double)images.size() * 1.5e-3, images.size() * 2, 0, "jitter_batch"};
  launch<&Kernels::jitter_bytes>(work, values<uint8_t>(y), images.data<uint8_t>(), factors.data<int64_t>(),
                                 order.data<int64_t>(), B, C, P);
  return y;
}

py::object mix_batch(const Array& images, const Array& others, const Array& factors, const Array& out) {
  if (!is_images(images) || !others.is(images.type()) || !others.c_order() || !same_shape(images, others)) return py::none();
  const int64_t B = images.shape(0), S = images.shape(1) * images.shape(2) * images.shape(3);
  if (!factors.is(NPY_INT64) || factors.axes() != 1 || factors.shape(0) != B || !factors.c_order()) return py::none();
  py::object y = result(out, 4, images.shape(), {&images, &others, &factors}, images.type());
  if (!y) return py::none();
  const Work work{(double)images.size() * 2e-4, images.size() * images.item() * 3, 0, "mix_batch"};
  const int64_t* const by = factors.data<int64_t>();
  if (images.is_float()) launch<&Kernels::mix_floats>(work, floats(y), images.data(), others.data(), by, B, S);
  else launch<&Kernels::mix_bytes>(work, values<uint8_t>(y), images.data<uint8_t>(), others.data<uint8_t>(), by, B, S);
  return y;
}

}  // namespace

void bind_blend(py::module_& m) {
  m.def("paste_boxes", paste_boxes);
  m.def("jitter_batch", jitter_batch);
  m.def("mix_batch", mix_batch);
}

}  // namespace mg
