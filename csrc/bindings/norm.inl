// Batch norm over every axis but 1: an image as rows (N H W, C).
#include "bindings/images.h"

namespace mg {
namespace {

bool batch(const Array& x) { return x.is_float() && x.axes() >= 2 && x.size() > 0; }

constexpr int kKept = 4;  // rows of what the forward keeps

// -> (y, mean, biased variance, aux); aux (4, C) is for batch_norm_backward alone
py::object batch_norm(const Array& x, const Array& gamma, const Array& beta, double eps, const Array& out) {
  if (!batch(x) || !row_of(gamma, x.shape(1)) || !row_of(beta, x.shape(1))) return py::none();
  py::object y = result_channels_last(out, x.axes(), x.shape(), {&x, &gamma, &beta});
  if (!y) return py::none();
  const InOrder rows = InOrder::channels_last(x);
  const npy_intp C = x.shape(1), kept_shape[2] = {kKept, C};
  py::object mean = empty(1, &C), var = empty(1, &C), kept = empty(2, kept_shape);
  launch<&Kernels::batch_norm>(elements(x.size(), 0.4, 2), floats(y), floats(mean), floats(var), floats(kept), rows.data(),
                               gamma.data(), beta.data(), x.size() / C, (int64_t)C, eps);
  return py::make_tuple(y, mean, var, kept);
}

py::object batch_norm_backward(const Array& g, const Array& x, const Array& gamma, const Array& kept, py::handle out) {
  if (!batch(x) || !g.is_float() || !same_shape(g, x) || !row_of(gamma, x.shape(1))) return py::none();
  const npy_intp C = x.shape(1);
  if (!kept.is_float() || kept.axes() != 2 || kept.shape(0) != kKept || kept.shape(1) != C || !kept.c_order())
    return py::none();
  const InOrder incoming = InOrder::channels_last(g), rows = InOrder::channels_last(x);
  Array outs[3];
  if (!triple_of(out, outs)) return py::none();
  py::object gx = result_channels_last(outs[0], x.axes(), x.shape(), {&g, &x, &gamma, &kept});
  py::object ggamma = result(outs[1], 1, &C, {&g, &x, &gamma, &kept, &outs[0]});
  py::object gbeta = result(outs[2], 1, &C, {&g, &x, &gamma, &kept, &outs[0], &outs[1]});
  if (!gx || !ggamma || !gbeta) return py::none();
  launch<&Kernels::batch_norm_backward>(elements(x.size(), 0.6, 3), floats(gx), floats(ggamma), floats(gbeta), incoming.data(),
                                        rows.data(), gamma.data(), kept.data(), x.size() / C, (int64_t)C);
  return py::make_tuple(gx, ggamma, gbeta);
}

py::object batch_norm_inference(const Array& x, const Array& mean, const Array& var, const Array& gamma, const Array& beta,
                                double eps, const Array& out) {
  if (!batch(x)) return py::none();
  for (const Array* a : {&mean, &var, &gamma, &beta})
    if (!row_of(*a, x.shape(1))) return py::none();
  py::object y = result_channels_last(out, x.axes(), x.shape(), {&x, &mean, &var, &gamma, &beta});
  if (!y) return py::none();
  const InOrder rows = InOrder::channels_last(x);
  const int64_t C = x.shape(1);
  launch<&Kernels::batch_norm_inference>(elements(x.size(), 0.2, 2), floats(y), rows.data(), mean.data(), var.data(),
                                         gamma.data(), beta.data(), x.size() / C, C, eps);
  return y;
}

}  // namespace

void bind_norm(py::module_& m) {
  m.def("batch_norm", batch_norm);
  m.def("batch_norm_backward", batch_norm_backward);
  m.def("batch_norm_inference", batch_norm_inference);
}

}  // namespace mg
