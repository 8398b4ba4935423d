// Convolution and its two gradients.
#include "bindings/images.h"

namespace mg {
namespace {

bool conv_of(Conv* s, const npy_intp* x, const npy_intp* w, const npy_intp* y, const Pair& stride, const Pair& padding,
             const Pair& dilation, int64_t groups) {
  if (!stride.ok || !padding.ok || !dilation.ok || groups < 1) return false;
  *s = Conv{x[0], x[1], x[2], x[3], w[0], w[2], w[3], 0, 0, stride.first, stride.second,
            padding.first, padding.second, dilation.first, dilation.second, groups};
  if (!moderate({s->C, s->H, s->W, s->O, s->KH, s->KW, s->sh, s->sw, s->ph, s->pw, s->dh, s->dw, groups})) return false;
  if (s->sh < 1 || s->sw < 1 || s->dh < 1 || s->dw < 1 || s->KH < 1 || s->KW < 1) return false;
  const int64_t H = s->H + 2 * s->ph, W = s->W + 2 * s->pw, channels = s->C > s->O ? s->C : s->O;
  if ((double)H * (double)W * (double)(channels > 0 ? channels : 1) > 4e9) return false;
  if (s->C % groups || w[1] != s->C / groups || s->O % groups) return false;
  if ((double)s->dh * (double)(s->KH - 1) >= (double)H || (double)s->dw * (double)(s->KW - 1) >= (double)W) return false;
  const int64_t down = H - s->dh * (s->KH - 1) - 1, across = W - s->dw * (s->KW - 1) - 1;
  s->OH = down / s->sh + 1;
  s->OW = across / s->sw + 1;
  return !y || (y[0] == s->N && y[1] == s->O && y[2] == s->OH && y[3] == s->OW);
}

Work work_of(const Conv& s, const char* op = __builtin_FUNCTION()) {
  const double multiply_adds = (double)s.N * s.OH * s.OW * s.O * (s.C / s.groups) * s.KH * s.KW;
  const int64_t floats = s.N * (s.C * s.H * s.W + s.O * s.OH * s.OW) + s.O * (s.C / s.groups) * s.KH * s.KW;
  return products(multiply_adds, floats, op);
}

py::object conv2d(const Array& x, const Array& w, const Array& b, const Pair& stride, const Pair& padding,
                  const Pair& dilation, int64_t groups, const Array& out) {
  Conv s;
  if (!image(x) || !image(w) || !conv_of(&s, x.shape(), w.shape(), nullptr, stride, padding, dilation, groups))
    return py::none();
  if (!b.none && !(b.is_float() && b.axes() == 1 && b.shape(0) == s.O && b.c_order())) return py::none();
  const npy_intp shape[4] = {s.N, s.O, s.OH, s.OW};
  py::object y = result_channels_last(out, 4, shape, {&x, &w, &b});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x), weights = InOrder::c_order(w);
  launch<&Kernels::conv2d>(work_of(s), floats(y), images.data(), weights.data(), b.none ? (const float*)nullptr : b.data(), s);
  return y;
}

py::object conv2d_input_grad(const Array& g, const Array& w, const Pair& stride, const Pair& padding, const Pair& dilation,
                             int64_t groups, const Shape& shape, const Array& out) {
  Conv s;
  if (!image(g) || !image(w) || !shape.ok || shape.axes != 4 ||
      !conv_of(&s, shape.sizes, w.shape(), g.shape(), stride, padding, dilation, groups))
    return py::none();
  py::object gx = result_channels_last(out, 4, shape.sizes, {&g, &w});
  if (!gx) return py::none();
  const InOrder incoming = InOrder::channels_last(g), weights = InOrder::c_order(w);
  launch<&Kernels::conv2d_input_grad>(work_of(s), floats(gx), incoming.data(), weights.data(), s);
  return gx;
}

py::object conv2d_weight_grad(const Array& g, const Array& x, const Pair& stride, const Pair& padding,
                              const Pair& dilation, int64_t groups, const Shape& shape, const Array& out) {
  Conv s;
  if (!image(g) || !image(x) || !shape.ok || shape.axes != 4 ||
      !conv_of(&s, x.shape(), shape.sizes, g.shape(), stride, padding, dilation, groups))
    return py::none();
  py::object gw = result(out, 4, shape.sizes, {&g, &x});
  if (!gw) return py::none();
  const InOrder incoming = InOrder::channels_last(g), images = InOrder::channels_last(x);
  launch<&Kernels::conv2d_weight_grad>(work_of(s), floats(gw), incoming.data(), images.data(), s);
  return gw;
}

}  // namespace

void bind_conv(py::module_& m) {
  m.def("conv2d", conv2d);
  m.def("conv2d_input_grad", conv2d_input_grad);
  m.def("conv2d_weight_grad", conv2d_weight_grad);
}

}  // namespace mg
