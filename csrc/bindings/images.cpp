// Convolution, pooling, batch norm and dropout. Images have an NCHW shape and lie channels-last in memory; those that
// do not are copied first. Results lie channels-last.
#include "bindings/arrays.h"

namespace mg {
namespace {

bool image(const Array& x) { return x.is_float() && x.axes() == 4; }

// Whether all the numbers of a geometry are so small that what is made of them fits 64 bits. Others are the reference's.
bool moderate(std::initializer_list<int64_t> numbers) {
  for (int64_t n : numbers)
    if (n < 0 || n > (int64_t)1 << 40) return false;
  return true;
}

// ---- convolution

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

double microseconds(const Conv& s) {
  return (double)s.N * s.OH * s.OW * s.O * (s.C / s.groups) * s.KH * s.KW * 2.5e-5;
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
  Unlocked work(microseconds(s));
  check(kernels->conv2d(floats(y), images.data(), weights.data(), b.none ? nullptr : b.data(), &s));
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
  bool finite;
  {
    Unlocked work(microseconds(s));
    // The kernel multiplies with zeros beyond g's border, which is nothing only for a finite weight.
    kernels->finite(&finite, weights.data(), w.size());
    if (finite) check(kernels->conv2d_input_grad(floats(gx), incoming.data(), weights.data(), &s));
  }
  if (!finite) return py::none();
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
  Unlocked work(microseconds(s));
  check(kernels->conv2d_weight_grad(floats(gw), incoming.data(), images.data(), &s));
  return gw;
}

// ---- pooling

bool pool_of(Pool* s, const npy_intp* x, const npy_intp* y, const Pair& size, const Pair& stride, const Pair& padding) {
  if (!size.ok || !stride.ok || !padding.ok) return false;
  *s = Pool{x[0], x[1], x[2], x[3], 0, 0, size.first, size.second,
            stride.first, stride.second, padding.first, padding.second};
  if (!moderate({s->C, s->H, s->W, s->KH, s->KW, s->sh, s->sw, s->ph, s->pw})) return false;
  if (s->KH < 1 || s->KW < 1 || s->sh < 1 || s->sw < 1) return false;
  // Where a window starts must be an address, though it may be far outside the image.
  if (((double)(s->H + 2 * s->ph) * (double)s->W + (double)(2 * s->pw)) * (double)s->C > 1e12) return false;
  if (s->ph >= s->KH || s->pw >= s->KW) return false;  // a window of nothing but padding
  const int64_t down = s->H + 2 * s->ph - s->KH, across = s->W + 2 * s->pw - s->KW;
  if (down < 0 || across < 0) return false;
  s->OH = down / s->sh + 1;
  s->OW = across / s->sw + 1;
  return !y || (y[0] == s->N && y[1] == s->C && y[2] == s->OH && y[3] == s->OW);
}

// Of places in a window; kNoIndex if there are too many for either.
constexpr int kNoIndex = -1;
int index_type(const Pool& s) {
  const double places = (double)s.KH * (double)s.KW;
  return places <= 256 ? NPY_UINT8 : places < 2147483648.0 ? NPY_INT32 : kNoIndex;
}

bool index_of(const Array& index, const Pool& s) {
  const npy_intp shape[4] = {s.N, s.C, s.OH, s.OW};
  if (!index.is(index_type(s)) || index.axes() != 4 || !channels_last(index)) return false;
  for (int i = 0; i < 4; i++)
    if (index.shape(i) != shape[i]) return false;
  return true;
}

double microseconds(const Pool& s) { return (double)s.N * s.C * s.OH * s.OW * s.KH * s.KW * 2e-4; }

py::object max_pool2d(const Array& x, const Pair& size, const Pair& stride, const Pair& padding, py::handle out) {
  Pool s;
  if (!image(x) || !pool_of(&s, x.shape(), nullptr, size, stride, padding) || index_type(s) == kNoIndex)
    return py::none();
  Array out_y(Py_None), out_index(Py_None);
  if (!out.is_none()) {
    if (!PyTuple_CheckExact(out.ptr()) || PyTuple_GET_SIZE(out.ptr()) != 2) return py::none();
    out_y = Array(PyTuple_GET_ITEM(out.ptr(), 0));
    out_index = Array(PyTuple_GET_ITEM(out.ptr(), 1));
  }
  const npy_intp shape[4] = {s.N, s.C, s.OH, s.OW};
  py::object y = result_channels_last(out_y, 4, shape, {&x});
  py::object index = result_channels_last(out_index, 4, shape, {&x, &out_y}, index_type(s));
  if (!y || !index) return py::none();
  const InOrder images = InOrder::channels_last(x);
  {
    Unlocked work(microseconds(s));
    kernels->max_pool2d(floats(y), floats(index), images.data(), &s);
  }
  return py::make_tuple(y, index);
}

py::object max_pool2d_gather(const Array& x, const Array& index, const Pair& size, const Pair& stride, const Pair& padding,
                             const Array& out) {
  Pool s;
  if (!image(x) || !pool_of(&s, x.shape(), nullptr, size, stride, padding) || !index_of(index, s)) return py::none();
  py::object y = result_channels_last(out, 4, index.shape(), {&x, &index});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x);
  Unlocked work(microseconds(s));
  kernels->max_pool2d_gather(floats(y), images.data(), index.data<void>(), &s);
  return y;
}

py::object max_pool2d_scatter(const Array& g, const Array& index, const Pair& size, const Pair& stride, const Pair& padding,
                              const Shape& shape, const Array& out) {
  Pool s;
  if (!image(g) || !shape.ok || shape.axes != 4 || !pool_of(&s, shape.sizes, g.shape(), size, stride, padding) ||
      !index_of(index, s))
    return py::none();
  py::object gx = result_channels_last(out, 4, shape.sizes, {&g, &index});
  if (!gx) return py::none();
  const InOrder incoming = InOrder::channels_last(g);
  Unlocked work(microseconds(s));
  kernels->max_pool2d_scatter(floats(gx), incoming.data(), index.data<void>(), &s);
  return gx;
}

py::object avg_pool2d(const Array& x, const Pair& size, const Pair& stride, const Pair& padding, const Array& out) {
  Pool s;
  if (!image(x) || !pool_of(&s, x.shape(), nullptr, size, stride, padding)) return py::none();
  const npy_intp shape[4] = {s.N, s.C, s.OH, s.OW};
  py::object y = result_channels_last(out, 4, shape, {&x});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x);
  Unlocked work(microseconds(s));
  kernels->avg_pool2d(floats(y), images.data(), &s);
  return y;
}

py::object avg_pool2d_backward(const Array& g, const Pair& size, const Pair& stride, const Pair& padding,
                               const Shape& shape, const Array& out) {
  Pool s;
  if (!image(g) || !shape.ok || shape.axes != 4 || !pool_of(&s, shape.sizes, g.shape(), size, stride, padding))
    return py::none();
  py::object gx = result_channels_last(out, 4, shape.sizes, {&g});
  if (!gx) return py::none();
  const InOrder incoming = InOrder::channels_last(g);
  Unlocked work(microseconds(s));
  kernels->avg_pool2d_backward(floats(gx), incoming.data(), &s);
  return gx;
}

// ---- batch norm: an image as rows (N H W, C)

bool row_of(const Array& a, int64_t C) { return a.is_float() && a.axes() == 1 && a.shape(0) == C && a.c_order(); }

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
  {
    Unlocked work((double)x.size() * 4e-4);
    check(kernels->batch_norm(floats(y), floats(mean), floats(var), floats(kept), rows.data(), gamma.data(), beta.data(),
                              x.size() / C, C, eps));
  }
  return py::make_tuple(y, mean, var, kept);
}

py::object batch_norm_backward(const Array& g, const Array& x, const Array& gamma, const Array& kept) {
  if (!batch(x) || !g.is_float() || !same_shape(g, x) || !row_of(gamma, x.shape(1))) return py::none();
  const npy_intp C = x.shape(1);
  if (!kept.is_float() || kept.axes() != 2 || kept.shape(0) != kKept || kept.shape(1) != C || !kept.c_order())
    return py::none();
  const InOrder incoming = InOrder::channels_last(g), rows = InOrder::channels_last(x);
  py::object gx = empty_channels_last(x.axes(), x.shape()), ggamma = empty(1, &C), gbeta = empty(1, &C);
  {
    Unlocked work((double)x.size() * 6e-4);
    check(kernels->batch_norm_backward(floats(gx), floats(ggamma), floats(gbeta), incoming.data(), rows.data(), gamma.data(),
                                       kept.data(), x.size() / C, C));
  }
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
  Unlocked work((double)x.size() * 2e-4);
  check(kernels->batch_norm_inference(floats(y), rows.data(), mean.data(), var.data(), gamma.data(), beta.data(),
                                      x.size() / C, C, eps));
  return y;
}

py::object dropout(const Array& x, double p, const Array& key, const Array& out) {
  if (!x.is_float() || !key.is(NPY_UINT64) || key.axes() != 1 || key.shape(0) != 2 || !key.c_order()) return py::none();
  py::object y = result_channels_last(out, x.axes(), x.shape(), {&x, &key});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x);
  const uint64_t words[2] = {key.data<uint64_t>()[0], key.data<uint64_t>()[1]};
  Unlocked work((double)x.size() * 6e-4);
  kernels->dropout(floats(y), images.data(), words, p, x.size());
  return y;
}

}  // namespace

void bind_images(py::module_& m) {
  m.def("conv2d", conv2d);
  m.def("conv2d_input_grad", conv2d_input_grad);
  m.def("conv2d_weight_grad", conv2d_weight_grad);
  m.def("max_pool2d", max_pool2d);
  m.def("max_pool2d_gather", max_pool2d_gather);
  m.def("max_pool2d_scatter", max_pool2d_scatter);
  m.def("avg_pool2d", avg_pool2d);
  m.def("avg_pool2d_backward", avg_pool2d_backward);
  m.def("batch_norm", batch_norm);
  m.def("batch_norm_backward", batch_norm_backward);
  m.def("batch_norm_inference", batch_norm_inference);
  m.def("dropout", dropout);
}

}  // namespace mg
