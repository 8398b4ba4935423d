// Dropout, and the keys that its masks come from.
#include "bindings/images.h"

namespace mg {
namespace {

bool two_words(const Array& a) { return a.is(NPY_UINT64) && a.axes() == 1 && a.shape(0) == 2 && a.c_order(); }

py::object dropout(const Array& x, double p, const Array& key, const Array& out) {
  if (!x.is_float() || !two_words(key)) return py::none();
  py::object y = result_channels_last(out, x.axes(), x.shape(), {&x, &key});
  if (!y) return py::none();
  const InOrder images = InOrder::channels_last(x);
  launch<&Kernels::dropout>(elements(x.size(), kHard, 2), floats(y), images.data(), key.data<uint64_t>(), p, x.size());
  return y;
}

// state [seed, counter] -> a copy; the counter counts up in place
py::object next_key(const Array& state, const Array& out) {
  if (!two_words(state) || !state.writeable()) return py::none();
  py::object key = result(out, 1, state.shape(), {&state}, NPY_UINT64);
  if (!key) return py::none();
  launch<&Kernels::next_key>(Work{0, 32, 0, "next_key"}, values<uint64_t>(key), state.data<uint64_t>());
  return key;
}

}  // namespace

void bind_dropout(py::module_& m) {
  m.def("dropout", dropout);
  m.def("next_key", next_key);
}

}  // namespace mg
