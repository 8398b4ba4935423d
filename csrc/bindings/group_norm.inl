// Group norm; layer norm of (N, C), and instance norm, are group norms. Images that lie channels-last stay so.
#include "bindings/images.h"

namespace mg {
namespace {

constexpr int64_t kGroupKept = 4;  // numbers that the forward keeps of each group

// x (N, C, ...) with its channels in groups.
struct Groups {
  int64_t N, C, S, G;
  bool ok, last;
  explicit Groups(const Array& x, int64_t groups) : N(0), C(0), S(0), G(groups), ok(false), last(false) {
    if (!x.is_float() || x.axes() < 2 || x.size() == 0 || groups < 1 || x.shape(1) % groups) return;
    N = x.shape(0);
    C = x.shape(1);
    S = x.size() / (N * C);
    last = S > 1 && !x.c_order() && channels_last(x);
    ok = true;
  }
};

// -> (y, aux); aux (4, N groups) is for group_norm_backward alone
py::object group_norm(const Array& x, const Array& gamma, const Array& beta, int64_t groups, double eps, const Array& out) {
  const Groups s(x, groups);
  if (!s.ok || !row_of(gamma, s.C) || !row_of(beta, s.C)) return py::none();
  py::object y = s.last ? result_channels_last(out, x.axes(), x.shape(), {&x, &gamma, &beta})
                        : result(out, x.axes(), x.shape(), {&x, &gamma, &beta});
  if (!y) return py::none();
  const InOrder images = s.last ? InOrder::channels_last(x) : InOrder::c_order(x);
  const npy_intp shape[2] = {kGroupKept, s.N * s.G};
  py::object kept = empty(2, shape);
  const Work work = elements(x.size(), 0.4, 2);
  if (s.last)
    launch<&Kernels::group_norm_last>(work, floats(y), floats(kept), images.data(), gamma.data(), beta.data(), s.N, s.C, s.S,
                                      s.G, eps);
  else
    launch<&Kernels::group_norm>(work, floats(y), floats(kept), images.data(), gamma.data(), beta.data(), s.N, s.C, s.S, s.G,
                                 eps);
  return py::make_tuple(y, kept);
}

// -> (gx, ggamma, gbeta), each None unless needed
py::object group_norm_backward(const Array& g, const Array& x, const Array& gamma, const Array& kept, const py::tuple& need,
                               int64_t groups, double, py::handle out) {
  const Groups s(x, groups);
  if (!s.ok || !g.is_float() || !same_shape(g, x) || !row_of(gamma, s.C) || need.size() != 3) return py::none();
  const npy_intp shape[2] = {kGroupKept, s.N * s.G}, C = s.C;
  if (!kept.is_float() || !has_shape(kept, 2, shape) || !kept.c_order()) return py::none();
  Array outs[3];
  if (!triple_of(out, outs)) return py::none();
  py::object results[3] = {s.last ? result_channels_last(outs[0], x.axes(), x.shape(), {&g, &x, &gamma, &kept})
                                  : result(outs[0], x.axes(), x.shape(), {&g, &x, &gamma, &kept}),
                           result(outs[1], 1, &C, {&g, &x, &gamma, &kept, &outs[0]}),
                           result(outs[2], 1, &C, {&g, &x, &gamma, &kept, &outs[0], &outs[1]})};
  if (!results[0] || !results[1] || !results[2]) return py::none();
  const InOrder incoming = s.last ? InOrder::channels_last(g) : InOrder::c_order(g);
  const InOrder images = s.last ? InOrder::channels_last(x) : InOrder::c_order(x);
  const Work work = elements(x.size(), 0.6, 3);
  float *const gx = floats(results[0]), *const ggamma = floats(results[1]), *const gbeta = floats(results[2]);
  if (s.last)
    launch<&Kernels::group_norm_last_backward>(work, gx, ggamma, gbeta, incoming.data(), images.data(), gamma.data(),
                                               kept.data(), s.N, s.C, s.S, s.G);
  else
    launch<&Kernels::group_norm_backward>(work, gx, ggamma, gbeta, incoming.data(), images.data(), gamma.data(), kept.data(),
                                          s.N, s.C, s.S, s.G);
  for (size_t i = 0; i < 3; i++)
    if (need[i].ptr() != Py_True) results[i] = py::none();
  return py::make_tuple(results[0], results[1], results[2]);
}

}  // namespace

void bind_group_norm(py::module_& m) {
  m.def("group_norm", group_norm);
  m.def("group_norm_backward", group_norm_backward);
}

}  // namespace mg
