// Weighted sums of places along an axis: interpolation and its adjoint. Images that lie channels-last stay so.
#include "bindings/images.h"

namespace mg {
namespace {

// there: (index, weight), both (O, K). None for a place out of range, too: numpy's error names it.
py::object resample(const Array& x, const py::tuple& there, const py::tuple&, int64_t axis, const Array& out) {
  if (!x.is_float() || axis < 0 || axis >= x.axes() || x.size() == 0 || there.size() != 2) return py::none();
  const Array index(there[0].ptr()), weight(there[1].ptr());
  if (!index.is(NPY_INT64) || !weight.is_float() || index.axes() != 2 || !same_shape(index, weight)) return py::none();
  if (!index.c_order() || !weight.c_order()) return py::none();
  const int64_t I = x.shape((int)axis), O = index.shape(0), K = index.shape(1);
  if (!moderate({O, K}) || (double)O * (double)K > 1e9 || O < 1) return py::none();
  npy_intp shape[kMaxAxes];
  double size = 1;
  for (int i = 0; i < x.axes(); i++) {
    shape[i] = i == axis ? O : x.shape(i);
    size *= (double)shape[i];
  }
  if (size > 1e15) return py::none();
  int64_t A = 1, B = 1;
  for (int i = 0; i < axis; i++) A *= x.shape(i);
  for (int i = (int)axis + 1; i < x.axes(); i++) B *= x.shape(i);
  const bool last = axis >= 2 && !x.c_order() && channels_last(x);  // axis 1 is innermost in memory
  if (last) {
    A /= x.shape(1);
    B *= x.shape(1);
  }
  py::object y = last ? result_channels_last(out, x.axes(), shape, {&x, &index, &weight})
                      : result(out, x.axes(), shape, {&x, &index, &weight});
  if (!y) return py::none();
  const InOrder images = last ? InOrder::channels_last(x) : InOrder::c_order(x);
  const Work work{size * (double)(K + 1) * 1e-4, (int64_t)(4 * size) + 4 * x.size(), 0, "resample"};
  if (launch<&Kernels::resample>(work, floats(y), images.data(), index.data<int64_t>(), weight.data(), A, I, O, B, K))
    return py::none();
  return y;
}

}  // namespace

void bind_resample(py::module_& m) { m.def("resample", resample); }

}  // namespace mg
