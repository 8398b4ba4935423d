// Max and average pooling, and their adjoints.
#include "bindings/images.h"

namespace mg {
namespace {

bool pool_of(Pool* s, const npy_intp* x, const npy_intp* y, const Pair& size, const Pair& stride, const Pair& padding) {
  if (!size.ok || !stride.ok || !padding.ok) return false;
  *s = Pool{x[0], x[1], x[2], x[3], 0, 0, size.first, size.second, stride.first, stride.second, padding.first, padding.second};
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
  return index.is(index_type(s)) && has_shape(index, 4, shape) && channels_last(index);
}

Work work_of(const Pool& s, const char* op = __builtin_FUNCTION()) {
  const int64_t inside = s.N * s.C * s.H * s.W, outside = s.N * s.C * s.OH * s.OW;
  return {(double)outside * (double)s.KH * (double)s.KW * 2e-4, 4 * (inside + outside), 0, op};
}

py::object max_pool2d(const Array& x, const Pair& size, const Pair& stride, const Pair& padding, py::handle out) {
  Pool s;
  if (!image(x) || !pool_of(&s, x.shape(), nullptr, size, stride, padding) || index_type(s) == kNoIndex) return py::none();
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
  launch<&Kernels::max_pool2d>(work_of(s), floats(y), values<void>(index), images.data(), s);
  return py::make_tuple(y, index);
}

py::object max_pool2d_gather(const Array& x, const Array& index, const Pair& size, const Pair& stride, const Pair& padding,
                             const Array& out) {
  Pool s;
  if (!image(x) || !pool_of(&s, x.shape(), nullptr, size, stride, padding) || !index_of(index, s)) return py::none();
  py::object y = result_channels_last(out, 4, index.shape(), {&x, &index});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x);
  launch<&Kernels::max_pool2d_gather>(work_of(s), floats(y), images.data(), index.data<void>(), s);
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
  launch<&Kernels::max_pool2d_scatter>(work_of(s), floats(gx), incoming.data(), index.data<void>(), s);
  return gx;
}

py::object avg_pool2d(const Array& x, const Pair& size, const Pair& stride, const Pair& padding, const Array& out) {
  Pool s;
  if (!image(x) || !pool_of(&s, x.shape(), nullptr, size, stride, padding)) return py::none();
  const npy_intp shape[4] = {s.N, s.C, s.OH, s.OW};
  py::object y = result_channels_last(out, 4, shape, {&x});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x);
  launch<&Kernels::avg_pool2d>(work_of(s), floats(y), images.data(), s);
  return y;
}

py::object avg_pool2d_backward(const Array& g, const Pair& size, const Pair& stride, const Pair& padding, const Shape& shape,
                               const Array& out) {
  Pool s;
  if (!image(g) || !shape.ok || shape.axes != 4 || !pool_of(&s, shape.sizes, g.shape(), size, stride, padding))
    return py::none();
  py::object gx = result_channels_last(out, 4, shape.sizes, {&g});
  if (!gx) return py::none();
  const InOrder incoming = InOrder::channels_last(g);
  launch<&Kernels::avg_pool2d_backward>(work_of(s), floats(gx), incoming.data(), s);
  return gx;
}

}  // namespace

void bind_pool(py::module_& m) {
  m.def("max_pool2d", max_pool2d);
  m.def("max_pool2d_gather", max_pool2d_gather);
  m.def("max_pool2d_scatter", max_pool2d_scatter);
  m.def("avg_pool2d", avg_pool2d);
  m.def("avg_pool2d_backward", avg_pool2d_backward);
}

}  // namespace mg
