// Recurrent layers: gates (T, N, G H), h (N, H), w (G H, H). aux is what a forward keeps for its backward alone.
#include "bindings/arrays.h"

namespace mg {
namespace {

bool sequence_of(const Array& gates, const Array& h, const Array& w, bool reverse, int64_t G, Sequence* s) {
  if (!gates.is_float() || !h.is_float() || !w.is_float() || gates.axes() != 3 || h.axes() != 2 || w.axes() != 2) return false;
  *s = {gates.shape(0), h.shape(0), h.shape(1), reverse};
  return s->T > 0 && s->N > 0 && s->H > 0 && gates.shape(1) == s->N && gates.shape(2) == G * s->H && w.shape(0) == G * s->H &&
         w.shape(1) == s->H;
}

// All steps' products of the state, forward once and backward twice.
Work through_time(const Sequence& s, int64_t G, int times, const char* op) {
  const double rows = (double)s.T * (double)s.N, wide = (double)G * (double)s.H, size = 2 * rows * (wide + (double)s.H);
  return products(times * rows * wide * (double)s.H, size < 1e18 ? (int64_t)size : 0, op);
}

py::object states_of(const Array& out, const Sequence& s, std::initializer_list<const Array*> apart_from) {
  const npy_intp shape[3] = {s.T, s.N, s.H};
  return result(out, 3, shape, apart_from);
}

bool kept_by(py::handle aux, const Sequence& s, int64_t floats, Array* kept, Array* y) {
  if (!PyTuple_CheckExact(aux.ptr()) || PyTuple_GET_SIZE(aux.ptr()) != 2) return false;
  *kept = Array(PyTuple_GET_ITEM(aux.ptr(), 0));
  *y = Array(PyTuple_GET_ITEM(aux.ptr(), 1));
  const npy_intp shape[3] = {s.T, s.N, s.H};
  return row_of(*kept, floats) && y->is_float() && has_shape(*y, 3, shape) && y->c_order();
}

template <int n> bool outs_of(py::handle out, Array (&outs)[n]) {
  if (out.is_none()) return true;
  if (!PyTuple_CheckExact(out.ptr()) || PyTuple_GET_SIZE(out.ptr()) != n) return false;
  for (int i = 0; i < n; i++) outs[i] = Array(PyTuple_GET_ITEM(out.ptr(), i));
  return true;
}

py::object lstm(const Array& gates, const Array& h, const Array& c, const Array& w, bool reverse, const Array& out) {
  Sequence s;
  if (!sequence_of(gates, h, w, reverse, 4, &s) || !c.is_float() || !same_shape(c, h)) return py::none();
  py::object y = states_of(out, s, {&gates, &h, &c, &w});
  if (!y) return py::none();
  const npy_intp floats_kept = s.T * s.N * 5 * s.H;
  py::object last = empty(2, h.shape()), kept = empty(1, &floats_kept);
  const InOrder a = InOrder::c_order(gates), h0 = InOrder::c_order(h), c0 = InOrder::c_order(c), v = InOrder::c_order(w);
  launch<&Kernels::lstm>(through_time(s, 4, 1, "lstm"), floats(y), floats(last), floats(kept), a.data(), h0.data(), c0.data(),
                         v.data(), s);
  return py::make_tuple(y, last, py::make_tuple(kept, y));
}

py::object lstm_backward(const Array& gy, const Array& gc, const Array& gates, const Array& h, const Array& c, const Array& w,
                         py::handle aux, bool reverse, py::handle out) {
  Sequence s;
  Array kept, y, outs[4];
  if (!sequence_of(gates, h, w, reverse, 4, &s) || !c.is_float() || !same_shape(c, h) || !gc.is_float() || !same_shape(gc, h) ||
      !kept_by(aux, s, s.T * s.N * 5 * s.H, &kept, &y) || !gy.is_float() || !same_shape(gy, y) || !outs_of(out, outs))
    return py::none();
  py::object ggates = result(outs[0], 3, gates.shape(), {&gy, &gc, &h, &c, &w, &kept, &y});
  py::object gh = result(outs[1], 2, h.shape(), {&gy, &gc, &h, &c, &w, &kept, &y, &outs[0]});
  py::object gc0 = result(outs[2], 2, h.shape(), {&gy, &gc, &h, &c, &w, &kept, &y, &outs[0], &outs[1]});
  py::object gw = result(outs[3], 2, w.shape(), {&gy, &gc, &h, &c, &w, &kept, &y, &outs[0], &outs[1], &outs[2]});
  if (!ggates || !gh || !gc0 || !gw) return py::none();
  const InOrder g = InOrder::c_order(gy), last = InOrder::c_order(gc), h0 = InOrder::c_order(h), c0 = InOrder::c_order(c),
                v = InOrder::c_order(w);
  launch<&Kernels::lstm_backward>(through_time(s, 4, 2, "lstm_backward"), floats(ggates), floats(gh), floats(gc0), floats(gw),
                                  g.data(), last.data(), h0.data(), c0.data(), v.data(), (const float*)y.data(),
                                  (const float*)kept.data(), s);
  return py::make_tuple(ggates, gh, gc0, gw);
}

py::object gru(const Array& gates, const Array& h, const Array& w, const Array& b, bool reverse, const Array& out) {
  Sequence s;
  if (!sequence_of(gates, h, w, reverse, 3, &s) || (!b.none && !row_of(b, 3 * s.H))) return py::none();
  py::object y = states_of(out, s, {&gates, &h, &w, &b});
  if (!y) return py::none();
  const npy_intp floats_kept = s.T * s.N * 4 * s.H;
  py::object kept = empty(1, &floats_kept);
  const InOrder a = InOrder::c_order(gates), h0 = InOrder::c_order(h), v = InOrder::c_order(w);
  launch<&Kernels::gru>(through_time(s, 3, 1, "gru"), floats(y), floats(kept), a.data(), h0.data(), v.data(),
                        b.none ? (const float*)nullptr : (const float*)b.data(), s);
  return py::make_tuple(y, py::make_tuple(kept, y));
}

py::object gru_backward(const Array& gy, const Array& gates, const Array& h, const Array& w, const Array& b, py::handle aux,
                        bool reverse, py::handle out) {
  Sequence s;
  Array kept, y, outs[4];
  if (!sequence_of(gates, h, w, reverse, 3, &s) || !kept_by(aux, s, s.T * s.N * 4 * s.H, &kept, &y) || !gy.is_float() ||
      !same_shape(gy, y) || !outs_of(out, outs) || (!b.none && !row_of(b, 3 * s.H)))
    return py::none();
  const npy_intp bias[1] = {3 * s.H};
  py::object ggates = result(outs[0], 3, gates.shape(), {&gy, &h, &w, &kept, &y});
  py::object gh = result(outs[1], 2, h.shape(), {&gy, &h, &w, &kept, &y, &outs[0]});
  py::object gw = result(outs[2], 2, w.shape(), {&gy, &h, &w, &kept, &y, &outs[0], &outs[1]});
  py::object gb = result(outs[3], 1, bias, {&gy, &h, &w, &kept, &y, &outs[0], &outs[1], &outs[2]});
  if (!ggates || !gh || !gw || !gb) return py::none();
  const InOrder g = InOrder::c_order(gy), h0 = InOrder::c_order(h), v = InOrder::c_order(w);
  const Temporary brought("gru_backward", (size_t)(s.T * s.N * 3 * s.H) * 4);
  launch<&Kernels::gru_backward>(through_time(s, 3, 2, "gru_backward"), floats(ggates), floats(gh), floats(gw), floats(gb),
                                 static_cast<float*>(brought.get()), g.data(), h0.data(), v.data(), (const float*)y.data(),
                                 (const float*)kept.data(), s);
  return py::make_tuple(ggates, gh, gw, b.none ? py::object(py::none()) : gb);
}

py::object rnn(const Array& gates, const Array& h, const Array& w, bool relu, bool reverse, const Array& out) {
  Sequence s;
  if (!sequence_of(gates, h, w, reverse, 1, &s)) return py::none();
  py::object y = states_of(out, s, {&gates, &h, &w});
  if (!y) return py::none();
  const InOrder a = InOrder::c_order(gates), h0 = InOrder::c_order(h), v = InOrder::c_order(w);
  launch<&Kernels::rnn>(through_time(s, 1, 1, "rnn"), floats(y), a.data(), h0.data(), v.data(), relu, s);
  return y;
}

py::object rnn_backward(const Array& gy, const Array& y, const Array& h, const Array& w, bool relu, bool reverse,
                        py::handle out) {
  Sequence s;
  Array outs[3];
  if (!sequence_of(y, h, w, reverse, 1, &s) || !gy.is_float() || !same_shape(gy, y) || !outs_of(out, outs)) return py::none();
  py::object ggates = result(outs[0], 3, y.shape(), {&gy, &h, &w, &y});
  py::object gh = result(outs[1], 2, h.shape(), {&gy, &h, &w, &y, &outs[0]});
  py::object gw = result(outs[2], 2, w.shape(), {&gy, &h, &w, &y, &outs[0], &outs[1]});
  if (!ggates || !gh || !gw) return py::none();
  const InOrder g = InOrder::c_order(gy), h0 = InOrder::c_order(h), v = InOrder::c_order(w), states = InOrder::c_order(y);
  launch<&Kernels::rnn_backward>(through_time(s, 1, 2, "rnn_backward"), floats(ggates), floats(gh), floats(gw), g.data(),
                                 h0.data(), v.data(), states.data(), relu, s);
  return py::make_tuple(ggates, gh, gw);
}

}  // namespace

void bind_recurrent(py::module_& m) {
  m.def("lstm", lstm);
  m.def("lstm_backward", lstm_backward);
  m.def("gru", gru);
  m.def("gru_backward", gru_backward);
  m.def("rnn", rnn);
  m.def("rnn_backward", rnn_backward);
}

}  // namespace mg
