// Products: matmul and linear, of operands with any strides.
#include "bindings/arrays.h"

namespace mg {
namespace {

Work product_of(int64_t M, int64_t N, int64_t K, const char* op) {
  return products((double)M * (double)N * (double)K, M * N + M * K + K * N, op);
}

py::object matrix_product(const Array& a, const Array& b, const Array& out) {
  const int64_t M = a.shape(0), K = a.shape(1), N = b.shape(1);
  if (b.shape(0) != K) return py::none();
  const npy_intp shape[2] = {M, N};
  py::object y = result(out, 2, shape, {&a, &b});
  if (!y) return py::none();
  launch<&Kernels::matmul>(product_of(M, N, K, "matmul"), floats(y), N, a.data(), a.stride(0), a.stride(1), b.data(),
                           b.stride(0), b.stride(1), nullptr, M, N, K, false);
  return y;
}

// Leading axes broadcast; strides in elements, 0 along broadcast axes.
py::object batched_product(const Array& a, const Array& b, const Array& out) {
  const int la = a.axes() - 2, lb = b.axes() - 2;
  Batch s{};
  s.axes = la > lb ? la : lb;
  s.count = 1;
  for (int i = 0; i < s.axes; i++) {
    const int ia = i - (s.axes - la), ib = i - (s.axes - lb);
    const npy_intp na = ia < 0 ? 1 : a.shape(ia), nb = ib < 0 ? 1 : b.shape(ib);
    if (na != nb && na != 1 && nb != 1) return py::none();
    s.shape[i] = na == 1 ? nb : na;
    s.a_stride[i] = na == 1 ? 0 : a.stride(ia);
    s.b_stride[i] = nb == 1 ? 0 : b.stride(ib);
    if (__builtin_mul_overflow(s.count, s.shape[i], &s.count)) return py::none();
  }
  s.M = a.shape(la);
  s.K = a.shape(la + 1);
  s.N = b.shape(lb + 1);
  if (b.shape(lb) != s.K) return py::none();
  npy_intp shape[kMaxAxes];
  for (int i = 0; i < s.axes; i++) shape[i] = s.shape[i];
  shape[s.axes] = s.M;
  shape[s.axes + 1] = s.N;
  py::object y = result(out, s.axes + 2, shape, {&a, &b});
  if (!y) return py::none();
  if (!s.M || !s.N) return y;  // and any number of them
  s.ar = a.stride(la);
  s.ac = a.stride(la + 1);
  s.br = b.stride(lb);
  s.bc = b.stride(lb + 1);
  const double count = (double)s.count;
  const Work work =
      products(count * (double)s.M * (double)s.N * (double)s.K, s.count * s.M * s.N + a.size() + b.size(), "matmul");
  launch<&Kernels::matmul_batch>(work, floats(y), a.data(), b.data(), s);
  return y;
}

py::object matmul(const Array& a, const Array& b, const Array& out) {
  if (!a.is_float() || !b.is_float() || a.axes() < 2 || b.axes() < 2) return py::none();
  return a.axes() == 2 && b.axes() == 2 ? matrix_product(a, b, out) : batched_product(a, b, out);
}

// x (N, I), w (O, I), b (O) or None -> x w^T + b
py::object linear(const Array& x, const Array& w, const Array& b, const Array& out) {
  if (!x.is_float() || !w.is_float() || x.axes() != 2 || w.axes() != 2 || x.shape(1) != w.shape(1)) return py::none();
  const int64_t N = x.shape(0), I = x.shape(1), O = w.shape(0);
  if (!b.none && !row_of(b, O)) return py::none();
  const npy_intp shape[2] = {N, O};
  py::object y = result(out, 2, shape, {&x, &w, &b});
  if (!y) return py::none();
  launch<&Kernels::matmul>(product_of(N, O, I, "linear"), floats(y), O, x.data(), x.stride(0), x.stride(1), w.data(),
                           w.stride(1), w.stride(0), b.none ? nullptr : b.data(), N, O, I, false);
  return y;
}

// g (N, O), x (N, I), w (O, I) -> (gx = g w, gw = g^T x, gb = the sum of g's rows), each None unless needed, or written to
// its array in the triple `out`
py::object linear_backward(const Array& g, const Array& x, const Array& w, const py::tuple& need, py::handle out) {
  if (!g.is_float() || !x.is_float() || !w.is_float() || g.axes() != 2 || x.axes() != 2 || w.axes() != 2 || need.size() != 3)
    return py::none();
  const int64_t N = x.shape(0), I = x.shape(1), O = w.shape(0);
  if (g.shape(0) != N || g.shape(1) != O || w.shape(1) != I || !g.c_order() || g.size() == 0 || I == 0) return py::none();
  const bool to_x = need[0].ptr() == Py_True, to_w = need[1].ptr() == Py_True, to_b = need[2].ptr() == Py_True;
  py::object gx = py::none(), gw = py::none(), gb = py::none();
  const npy_intp bias[1] = {O};
  Array outs[3];
  if (!triple_of(out, outs)) return py::none();
  if (to_x) gx = result(outs[0], 2, x.shape(), {&g, &x, &w});
  if (to_w) gw = result(outs[1], 2, w.shape(), {&g, &x, &w, &outs[0]});
  if (to_b) gb = result(outs[2], 1, bias, {&g, &x, &w, &outs[0], &outs[1]});
  if (!gx || !gw || !gb) return py::none();
  const Work work = product_of(N, O, I, "linear_backward");
  const float* const none = nullptr;
  if (to_x)
    launch<&Kernels::matmul>(work, floats(gx), I, g.data(), O, (int64_t)1, w.data(), w.stride(0), w.stride(1), none, N, I, O,
                             false);
  if (to_w)
    launch<&Kernels::matmul>(work, floats(gw), I, g.data(), (int64_t)1, O, x.data(), x.stride(0), x.stride(1), none, O, I, N,
                             false);
  if (to_b) launch<&Kernels::sum_columns>(elements(N * O, kEasy, 1, "linear_backward"), floats(gb), g.data(), N, O);
  return py::make_tuple(gx, gw, gb);
}

}  // namespace

void bind_matmul(py::module_& m) {
  m.def("matmul", matmul);
  m.def("linear", linear);
  m.def("linear_backward", linear_backward);
}

}  // namespace mg
