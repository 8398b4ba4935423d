// Products: matmul and linear, of operands with any strides.
#include "bindings/arrays.h"
#include "runtime/threads.h"

namespace mg {
namespace {

double microseconds(int64_t M, int64_t N, int64_t K) { return (double)M * (double)N * (double)K * 2.5e-5; }

py::object matrix_product(const Array& a, const Array& b, const Array& out) {
  const int64_t M = a.shape(0), K = a.shape(1), N = b.shape(1);
  if (b.shape(0) != K) return py::none();
  const npy_intp shape[2] = {M, N};
  py::object y = result(out, 2, shape, {&a, &b});
  if (!y) return py::none();
  Unlocked work(microseconds(M, N, K));
  check(kernels->gemm(floats(y), N, a.data(), a.stride(0), a.stride(1), b.data(), b.stride(0), b.stride(1), nullptr, M, N, K,
                      false), "matmul");
  return y;
}

// A batch of products: leading axes broadcast; strides in elements, 0 along broadcast axes.
struct Batch {
  int axes;
  npy_intp shape[kMaxAxes];
  int64_t a_stride[kMaxAxes], b_stride[kMaxAxes];
  const float *a, *b;
  float* y;
  int64_t ar, ac, br, bc, M, N, K;
  mutable Status status;
};

void one_product(void* context, int64_t part) {
  const Batch& s = *static_cast<const Batch*>(context);
  const float *a = s.a, *b = s.b;
  int64_t rest = part;
  for (int i = s.axes - 1; i >= 0; i--) {
    const int64_t k = rest % s.shape[i];
    rest /= s.shape[i];
    a += k * s.a_stride[i];
    b += k * s.b_stride[i];
  }
  const Status status =
      kernels->gemm(s.y + part * s.M * s.N, s.N, a, s.ar, s.ac, b, s.br, s.bc, nullptr, s.M, s.N, s.K, false);
  if (status.missing) __atomic_store_n(&s.status.missing, status.missing, __ATOMIC_RELAXED);
}

py::object batched_product(const Array& a, const Array& b, const Array& out) {
  const int la = a.axes() - 2, lb = b.axes() - 2;
  Batch s{};
  s.axes = la > lb ? la : lb;
  int64_t count = 1;
  for (int i = 0; i < s.axes; i++) {
    const int ia = i - (s.axes - la), ib = i - (s.axes - lb);
    const npy_intp na = ia < 0 ? 1 : a.shape(ia), nb = ib < 0 ? 1 : b.shape(ib);
    if (na != nb && na != 1 && nb != 1) return py::none();
    s.shape[i] = na == 1 ? nb : na;
    s.a_stride[i] = na == 1 ? 0 : a.stride(ia);
    s.b_stride[i] = nb == 1 ? 0 : b.stride(ib);
    if (__builtin_mul_overflow(count, s.shape[i], &count)) return py::none();
  }
  s.M = a.shape(la);
  s.K = a.shape(la + 1);
  s.N = b.shape(lb + 1);
  if (b.shape(lb) != s.K) return py::none();
  s.shape[s.axes] = s.M;
  s.shape[s.axes + 1] = s.N;
  py::object y = result(out, s.axes + 2, s.shape, {&a, &b});
  if (!y) return py::none();
  if (!s.M || !s.N) return y;  // and any number of them
  s.a = a.data();
  s.b = b.data();
  s.y = floats(y);
  s.ar = a.stride(la);
  s.ac = a.stride(la + 1);
  s.br = b.stride(lb);
  s.bc = b.stride(lb + 1);
  const double cost = microseconds(s.M, s.N, s.K) * (double)count;
  Unlocked work(cost);
  parallel_for(count, cost, one_product, &s);
  check(s.status, "matmul");
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
  if (!b.none && !(b.is_float() && b.axes() == 1 && b.shape(0) == O && b.c_order())) return py::none();
  const npy_intp shape[2] = {N, O};
  py::object y = result(out, 2, shape, {&x, &w, &b});
  if (!y) return py::none();
  Unlocked work(microseconds(N, O, I));
  check(kernels->gemm(floats(y), O, x.data(), x.stride(0), x.stride(1), w.data(), w.stride(1), w.stride(0),
                      b.none ? nullptr : b.data(), N, O, I, false));
  return y;
}

// g (N, O), x (N, I), w (O, I) -> (gx = g w, gw = g^T x, gb = the sum of g's rows), each None unless needed
py::object linear_backward(const Array& g, const Array& x, const Array& w, const py::tuple& need) {
  if (!g.is_float() || !x.is_float() || !w.is_float() || g.axes() != 2 || x.axes() != 2 || w.axes() != 2 || need.size() != 3)
    return py::none();
  const int64_t N = x.shape(0), I = x.shape(1), O = w.shape(0);
  if (g.shape(0) != N || g.shape(1) != O || w.shape(1) != I || !g.c_order() || g.size() == 0 || I == 0) return py::none();
  const bool to_x = need[0].ptr() == Py_True, to_w = need[1].ptr() == Py_True, to_b = need[2].ptr() == Py_True;
  py::object gx = py::none(), gw = py::none(), gb = py::none();
  const npy_intp bias[1] = {O};
  if (to_x) gx = empty(2, x.shape());
  if (to_w) gw = empty(2, w.shape());
  if (to_b) gb = empty(1, bias);
  {
    Unlocked work(microseconds(N, O, I) * (to_x + to_w));
    if (to_x)
      check(kernels->gemm(floats(gx), I, g.data(), O, 1, w.data(), w.stride(0), w.stride(1), nullptr, N, I, O, false));
    if (to_w)
      check(kernels->gemm(floats(gw), I, g.data(), 1, O, x.data(), x.stride(0), x.stride(1), nullptr, O, I, N, false));
    if (to_b) check(kernels->sum_columns(floats(gb), g.data(), N, O));
  }
  return py::make_tuple(gx, gw, gb);
}

}  // namespace

void bind_products(py::module_& m) {
  m.def("matmul", matmul);
  m.def("linear", linear);
  m.def("linear_backward", linear_backward);
}

}  // namespace mg
