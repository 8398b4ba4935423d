// Softmax along the last axis, and the losses.
#include "bindings/arrays.h"

#include <string.h>

namespace mg {
namespace {

constexpr double kCost = 1e-3;  // microseconds for an element

enum Reduction { kMean, kSum, kNone, kUnknown };

Reduction reduction_of(py::handle text) {
  if (!PyUnicode_CheckExact(text.ptr())) return kUnknown;
  if (PyUnicode_CompareWithASCIIString(text.ptr(), "mean") == 0) return kMean;
  if (PyUnicode_CompareWithASCIIString(text.ptr(), "sum") == 0) return kSum;
  return PyUnicode_CompareWithASCIIString(text.ptr(), "none") == 0 ? kNone : kUnknown;
}

bool last_axis(const Array& a, long axis) {
  return a.is_float() && a.axes() > 0 && (axis == a.axes() - 1 || axis == -1) && a.c_order() && a.shape(a.axes() - 1) > 0;
}

using Rows = void (*)(float*, const float*, int64_t, int64_t);
using RowsBackward = void (*)(float*, const float*, const float*, int64_t, int64_t);

py::object along_rows(Rows kernel, const Array& z, long axis, const Array& out) {
  if (!last_axis(z, axis)) return py::none();
  py::object y = result(out, z.axes(), z.shape(), {&z});
  if (!y) return py::none();
  const int64_t C = z.shape(z.axes() - 1);
  Unlocked work((double)z.size() * kCost);
  kernel(floats(y), z.data(), z.size() / C, C);
  return y;
}

py::object along_rows_backward(RowsBackward kernel, const Array& g, const Array& y, long axis, const Array& out) {
  if (!last_axis(y, axis) || !g.is_float() || !same_shape(g, y)) return py::none();
  py::object gz = result(out, y.axes(), y.shape(), {&g, &y});
  if (!gz) return py::none();
  const InOrder incoming = InOrder::c_order(g, "softmax_backward");
  const int64_t C = y.shape(y.axes() - 1);
  Unlocked work((double)y.size() * kCost);
  kernel(floats(gz), incoming.data(), y.data(), y.size() / C, C);
  return gz;
}

// Targets of z (R, C): classes (R) int64, or dense (R, C) float32.
bool classes_of(const Array& target, int64_t R) {
  return target.is(NPY_INT64) && target.axes() == 1 && target.shape(0) == R && target.c_order();
}
bool targets_of(const Array& target, const Array& z) {
  return classes_of(target, z.shape(0)) || (target.is_float() && same_shape(target, z) && target.c_order());
}

// -> (loss, aux = softmax(z)); None for a class out of range: the reference says which
py::object cross_entropy(const Array& z, const Array& target, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!z.is_float() || z.axes() != 2 || !z.c_order() || z.size() == 0 || !targets_of(target, z) || how == kUnknown)
    return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  py::object loss = result(out, how == kNone ? 1 : 0, z.shape(), {&z, &target});
  if (!loss) return py::none();
  py::object p = empty(2, z.shape());
  float few[256];
  std::optional<Temporary> many;
  float* rows = how == kNone ? floats(loss) : few;
  if (how != kNone && R > 256) rows = (float*)many.emplace("cross_entropy", (size_t)R * sizeof(float)).get();
  const bool dense = target.is_float();
  int64_t bad = -1;
  {
    Unlocked work((double)z.size() * kCost);
    kernels->cross_entropy(rows, floats(p), &bad, z.data(), dense ? nullptr : target.data<int64_t>(),
                           dense ? target.data() : nullptr, R, C);
    if (how != kNone && bad < 0) {
      check(kernels->sum_all(floats(loss), rows, R));
      if (how == kMean) kernels->with_number(floats(loss), floats(loss), 1.0f / (float)R, kMul, 1);
    }
  }
  if (bad >= 0) return py::none();
  return py::make_tuple(loss, p);
}

py::object cross_entropy_backward(const Array& g, const Array& z, const Array& target, const Array& aux,
                                  py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!z.is_float() || z.axes() != 2 || z.size() == 0 || !g.is_float() || how == kUnknown || !targets_of(target, z) ||
      !aux.is_float() || !same_shape(aux, z) || !aux.c_order())
    return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  if (how == kNone ? g.axes() != 1 || g.shape(0) != R : g.axes() != 0) return py::none();
  py::object gz = result(out, 2, z.shape(), {&g, &target, &aux});
  if (!gz) return py::none();
  const bool dense = target.is_float();
  Unlocked work((double)z.size() * kCost);
  kernels->cross_entropy_backward(floats(gz), g.data(), how == kNone ? g.stride(0) : 0, how == kMean ? 1.0f / (float)R : 1.0f,
                                  aux.data(), dense ? nullptr : target.data<int64_t>(), dense ? target.data() : nullptr, R,
                                  C);
  return gz;
}

py::object mse(const Array& a, const Array& b, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!a.is_float() || !b.is_float() || !same_order(a, b) || !dense(a) || a.size() == 0 || (how != kMean && how != kSum))
    return py::none();
  py::object y = result(out, 0, nullptr, {&a, &b});
  if (!y) return py::none();
  const int64_t n = a.size();
  Unlocked work((double)n * 2e-4);
  check(kernels->mse(floats(y), a.data(), b.data(), n));
  if (how == kMean) kernels->with_number(floats(y), floats(y), 1.0f / (float)n, kMul, 1);
  return y;
}

py::object mse_backward(const Array& g, const Array& a, const Array& b, py::handle reduction, const Array& out) {
  const Reduction how = reduction_of(reduction);
  if (!g.is_float() || g.axes() != 0 || !a.is_float() || !b.is_float() || !same_order(a, b) || !dense(a) || a.size() == 0 ||
      (how != kMean && how != kSum))
    return py::none();
  py::object ga = result_like(out, a, {&a, &b});
  if (!ga || (!out.none && overlap(out, g))) return py::none();
  const int64_t n = a.size();
  const float incoming = *g.data(), scale = incoming * (how == kMean ? (float)(2.0 / (double)n) : 2.0f);
  Unlocked work((double)n * 2e-4);
  if (incoming == 0)  // nothing goes out, also where a - b is infinite
    memset(floats(ga), 0, (size_t)n * sizeof(float));
  else
    kernels->mse_backward(floats(ga), scale, a.data(), b.data(), n);
  return ga;
}

// How many rows of z have their largest entry at the target.
py::object count_correct(const Array& z, const Array& target) {
  if (!z.is_float() || z.axes() != 2 || !z.c_order() || z.size() == 0 || !targets_of(target, z)) return py::none();
  const int64_t R = z.shape(0), C = z.shape(1);
  const Temporary memory("count_correct", (size_t)R * 2 * sizeof(int64_t));
  int64_t* const found = (int64_t*)memory.get();
  py::object count = empty(0, nullptr, NPY_INT64);
  int64_t correct = 0;
  {
    Unlocked work((double)z.size() * 2e-4);
    const int64_t* wanted = target.is_float() ? found + R : target.data<int64_t>();
    kernels->argmax_rows(found, z.data(), R, C);
    if (target.is_float()) kernels->argmax_rows(found + R, target.data(), R, C);
    for (int64_t r = 0; r < R; r++) correct += found[r] == wanted[r];
  }
  *(int64_t*)floats(count) = correct;
  return count;
}

}  // namespace

void bind_losses(py::module_& m) {
  m.def("softmax", [](const Array& z, long axis, const Array& out) {
    return along_rows(kernels->softmax_rows, z, axis, out);
  });
  m.def("log_softmax", [](const Array& z, long axis, const Array& out) {
    return along_rows(kernels->log_softmax_rows, z, axis, out);
  });
  m.def("softmax_backward", [](const Array& g, const Array& y, long axis, const Array& out) {
    return along_rows_backward(kernels->softmax_backward_rows, g, y, axis, out);
  });
  m.def("log_softmax_backward", [](const Array& g, const Array& y, long axis, const Array& out) {
    return along_rows_backward(kernels->log_softmax_backward_rows, g, y, axis, out);
  });
  m.def("cross_entropy", cross_entropy);
  m.def("cross_entropy_backward", cross_entropy_backward);
  m.def("mse", mse);
  m.def("mse_backward", mse_backward);
  m.def("count_correct", count_correct);
}

}  // namespace mg
