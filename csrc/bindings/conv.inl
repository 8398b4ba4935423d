// Convolution and its two gradients.
#include "bindings/images.h"

namespace mg {
namespace {

bool conv_of(Conv* s, const npy_intp* x, const npy_intp* w, const npy_intp* y, const Geometry& how) {
  if (!how.ok) return false;
  const int64_t groups = how.groups;
  // clang-format off
  *s = Conv{x[0], x[1], x[2], x[3], w[0], w[2], w[3], 0, 0, how.stride.first, how.stride.second,
            how.padding.first, how.padding.second, how.dilation.first, how.dilation.second, groups};
  // clang-format on
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

// -> (y, aux); nothing is kept for the backward
py::object conv2d(const Array& x, const Array& w, const Array& b, const Geometry& how, const Array& out) {
  Conv s;
  if (!image(x) || !image(w) || !conv_of(&s, x.shape(), w.shape(), nullptr, how)) return py::none();
  if (!b.none && !row_of(b, s.O)) return py::none();
  const npy_intp shape[4] = {s.N, s.O, s.OH, s.OW};
  py::object y = result_channels_last(out, 4, shape, {&x, &w, &b});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x), weights = InOrder::c_order(w);
  launch<&Kernels::conv2d>(work_of(s), floats(y), images.data(), weights.data(), b.none ? nullptr : b.data(), s);
  return py::make_tuple(y, py::none());
}

py::object conv2d_input_grad(const Array& g, const Array& w, const Geometry& how, const Shape& shape, const Array& out) {
  Conv s;
  if (!image(g) || !image(w) || !shape.ok || shape.axes != 4 || !conv_of(&s, shape.sizes, w.shape(), g.shape(), how))
    return py::none();
  py::object gx = result_channels_last(out, 4, shape.sizes, {&g, &w});
  if (!gx) return py::none();
  const InOrder incoming = InOrder::channels_last(g), weights = InOrder::c_order(w);
  launch<&Kernels::conv2d_input_grad>(work_of(s), floats(gx), incoming.data(), weights.data(), s);
  return gx;
}

py::object conv2d_weight_grad(const Array& g, const Array& x, const Geometry& how, const Shape& shape, const Array& out) {
  Conv s;
  if (!image(g) || !image(x) || !shape.ok || shape.axes != 4 || !conv_of(&s, x.shape(), shape.sizes, g.shape(), how))
    return py::none();
  py::object gw = result(out, 4, shape.sizes, {&g, &x});
  if (!gw) return py::none();
  const InOrder incoming = InOrder::channels_last(g), images = InOrder::channels_last(x);
  launch<&Kernels::conv2d_weight_grad>(work_of(s), floats(gw), incoming.data(), images.data(), s);
  return gw;
}

// -> (gx, gw, gb), each None unless needed, or written to its array in the triple `out`
py::object conv2d_backward(const Array& g, const Array& x, const Array& w, py::handle, const py::tuple& need,
                           const Geometry& how, py::handle out) {
  Conv s;
  if (!image(g) || !image(x) || !image(w) || need.size() != 3 || !conv_of(&s, x.shape(), w.shape(), g.shape(), how))
    return py::none();
  Array outs[3];
  if (!triple_of(out, outs)) return py::none();
  const npy_intp bias[1] = {s.O};
  py::object results[3] = {py::none(), py::none(), py::none()};
  bool wanted[3];
  for (int i = 0; i < 3; i++) {
    wanted[i] = need[(size_t)i].ptr() == Py_True;
    if (!wanted[i]) continue;
    results[i] = i == 0   ? result_channels_last(outs[0], 4, x.shape(), {&g, &x, &w})
                 : i == 1 ? result(outs[1], 4, w.shape(), {&g, &x, &w, &outs[0]})
                          : result(outs[2], 1, bias, {&g, &x, &w, &outs[0], &outs[1]});
    if (!results[i]) return py::none();
  }
  const InOrder incoming = InOrder::channels_last(g);
  if (wanted[0]) {
    const InOrder weights = InOrder::c_order(w);
    launch<&Kernels::conv2d_input_grad>(work_of(s), floats(results[0]), incoming.data(), weights.data(), s);
  }
  if (wanted[1]) {
    const InOrder images = InOrder::channels_last(x);
    launch<&Kernels::conv2d_weight_grad>(work_of(s), floats(results[1]), incoming.data(), images.data(), s);
  }
  const int64_t pixels = s.N * s.OH * s.OW;
  if (wanted[2])
    launch<&Kernels::sum_columns>(elements(pixels * s.O, kEasy, 1), floats(results[2]), incoming.data(), pixels, s.O);
  return py::make_tuple(results[0], results[1], results[2]);
}

}  // namespace

void bind_conv(py::module_& m) {
  m.def("conv2d", conv2d);
  m.def("conv2d_backward", conv2d_backward);
  m.def("conv2d_input_grad", conv2d_input_grad);
  m.def("conv2d_weight_grad", conv2d_weight_grad);
}

}  // namespace mg
