// Recurrent layers, all their steps in one call: gates (T, N, G H) are what the inputs bring, w (G H, H) what the state before
// is multiplied by; y (T, N, H) is the state after each step. reverse: from the last step to the first.
//
// A step is one product, for all gates together, and one pass over its rows. Backward, the gradient of w is one product over
// all steps at the end.
#include "costs.h"
#include "kernels/maps.h"
#include "kernels/matmul.h"
#include "kernels/vmath.h"

namespace mg {
namespace MG_ISA {

Status sum_columns(float* y, const float* a, int64_t R, int64_t C);  // reduce.cpp

namespace {

// A vector of a row, whole or its last `left` numbers.
struct Whole {};
struct Some { int64_t left; };
MG_INLINE vf get(Whole, const float* p) { return load(p); }
MG_INLINE vf get(Some s, const float* p) { return load_some(p, s.left); }
MG_INLINE void put(Whole, float* p, vf v) { store(p, v); }
MG_INLINE void put(Some s, float* p, vf v) { store_some(p, v, s.left); }

// f(width, row, j) for every vector of every row.
template <class F> MG_INLINE void for_rows(int64_t N, int64_t H, double nanoseconds, const F& f) {
  in_parts(N, rows_per_part(4 * H), (double)H * nanoseconds, [=](int64_t first, int64_t last) {
    for (int64_t n = first; n < last; n++) {
      int64_t j = 0;
      for (; j + L <= H; j += L) f(Whole(), n, j);
      if (j < H) f(Some{H - j}, n, j);
    }
  });
}

// a b, but 0 where a = 0, whatever b is
MG_INLINE vf times(vf a, vf b) { return select(a == 0.0f, vf{}, a * b); }

int64_t step_of(const Sequence& s, int64_t i) { return s.reverse ? s.T - 1 - i : i; }

// The state before step t: h at the first, else the y of the step before.
const float* before(const Sequence& s, int64_t t, const float* y, const float* h) {
  return t == step_of(s, 0) ? h : y + (s.reverse ? t + 1 : t - 1) * s.N * s.H;
}

// to (N, G H) [+]= h (N, H) w^T + bias
Status by_weights(float* to, const float* h, const float* w, const float* bias, const Sequence& s, int64_t G, bool accumulate) {
  return matmul(to, G * s.H, h, s.H, 1, w, 1, s.H, bias, s.N, G * s.H, s.H, accumulate);
}

// gh (N, H) [+]= g (N, G H) w
Status to_state(float* gh, const float* g, const float* w, const Sequence& s, int64_t G, bool accumulate) {
  return matmul(gh, s.H, g, G * s.H, 1, w, s.H, 1, nullptr, s.N, s.H, G * s.H, accumulate);
}

// gw (G H, H) = the sum over all steps of g^T (the state before)
Status to_weights(float* gw, const float* g, const float* y, const float* h, const Sequence& s, int64_t G) {
  const int64_t C = G * s.H, first = step_of(s, 0), rest = (s.T - 1) * s.N;
  Status status = matmul(gw, s.H, g + first * s.N * C, 1, C, h, s.H, 1, nullptr, C, s.H, s.N, false);
  if (status.missing || !rest) return status;
  const float* const later = s.reverse ? g : g + s.N * C;                 // all steps but the first
  const float* const states = s.reverse ? y + s.N * s.H : y;              // and what each of them began with
  return matmul(gw, s.H, later, 1, C, states, s.H, 1, nullptr, C, s.H, rest, true);
}

}  // namespace

// kept: i, f, g, o of every step (T, N, 4H), then c (T, N, H)
Status lstm(float* y, float* c_last, float* kept, const float* gates, const float* h, const float* c, const float* w,
            Sequence s) {
  const int64_t H = s.H, state = s.N * H, C = 4 * H;
  float* const cells = kept + s.T * s.N * C;
  for (int64_t step = 0; step < s.T; step++) {
    const int64_t t = step_of(s, step);
    float* const a = kept + t * s.N * C;
    float *const out = y + t * state, *const cell = cells + t * state;
    const float* const c_before = before(s, t, cells, c);
    memcpy(a, gates + t * s.N * C, (size_t)(s.N * C) * 4);
    const Status status = by_weights(a, before(s, t, y, h), w, nullptr, s, 4, true);
    if (status.missing) return status;
    for_rows(s.N, H, 5 * kHard, [=](auto width, int64_t n, int64_t j) {
      float* const p = a + n * C + j;
      const vf i = sigmoid_of(get(width, p)), f = sigmoid_of(get(width, p + H));
      const vf g = tanh_of(get(width, p + 2 * H)), o = sigmoid_of(get(width, p + 3 * H));
      const vf now = f * get(width, c_before + n * H + j) + i * g;
      put(width, p, i), put(width, p + H, f), put(width, p + 2 * H, g), put(width, p + 3 * H, o);
      put(width, cell + n * H + j, now);
      put(width, out + n * H + j, o * tanh_of(now));
    });
  }
  memcpy(c_last, cells + step_of(s, s.T - 1) * state, (size_t)state * 4);
  return kDone;
}

Status lstm_backward(float* ggates, float* gh, float* gc, float* gw, const float* gy, const float* gc_last, const float* h,
                     const float* c, const float* w, const float* y, const float* kept, Sequence s) {
  const int64_t H = s.H, state = s.N * H, C = 4 * H;
  const float* const cells = kept + s.T * s.N * C;
  memset(gh, 0, (size_t)state * 4);
  memcpy(gc, gc_last, (size_t)state * 4);
  for (int64_t step = s.T - 1; step >= 0; step--) {
    const int64_t t = step_of(s, step);
    const float *const a = kept + t * s.N * C, *const incoming = gy + t * state, *const cell = cells + t * state;
    const float* const c_before = before(s, t, cells, c);
    float* const ga = ggates + t * s.N * C;
    for_rows(s.N, H, 2 * kHard, [=](auto width, int64_t n, int64_t j) {
      const float* const p = a + n * C + j;
      float *const q = ga + n * C + j, *const to_c = gc + n * H + j;
      const vf i = get(width, p), f = get(width, p + H), g = get(width, p + 2 * H), o = get(width, p + 3 * H);
      const vf squashed = tanh_of(get(width, cell + n * H + j));
      const vf out = get(width, incoming + n * H + j) + get(width, gh + n * H + j);
      const vf now = get(width, to_c) + times(times(out, o), 1.0f - squashed * squashed);
      put(width, q, times(times(now, g), i * (1.0f - i)));
      put(width, q + H, times(times(now, get(width, c_before + n * H + j)), f * (1.0f - f)));
      put(width, q + 2 * H, times(times(now, i), 1.0f - g * g));
      put(width, q + 3 * H, times(times(out, squashed), o * (1.0f - o)));
      put(width, to_c, times(now, f));
    });
    const Status status = to_state(gh, ga, w, s, 4, false);
    if (status.missing) return status;
  }
  return to_weights(gw, ggates, y, h, s, 4);
}

// kept: r, z, n of every step (T, N, 3H), then what the state brings to n (T, N, H)
Status gru(float* y, float* kept, const float* gates, const float* h, const float* w, const float* b, Sequence s) {
  const int64_t H = s.H, state = s.N * H, C = 3 * H;
  float* const brought = kept + s.T * s.N * C;
  for (int64_t step = 0; step < s.T; step++) {
    const int64_t t = step_of(s, step);
    float *const a = kept + t * s.N * C, *const un = brought + t * state, *const out = y + t * state;
    const float *const input = gates + t * s.N * C, *const h_before = before(s, t, y, h);
    const Status status = by_weights(a, h_before, w, b, s, 3, false);
    if (status.missing) return status;
    for_rows(s.N, H, 4 * kHard, [=](auto width, int64_t row, int64_t j) {
      float* const p = a + row * C + j;
      const float* const x = input + row * C + j;
      const vf r = sigmoid_of(get(width, x) + get(width, p)), z = sigmoid_of(get(width, x + H) + get(width, p + H));
      const vf u = get(width, p + 2 * H), n = tanh_of(get(width, x + 2 * H) + r * u);
      put(width, un + row * H + j, u);
      put(width, p, r), put(width, p + H, z), put(width, p + 2 * H, n);
      put(width, out + row * H + j, (1.0f - z) * n + z * get(width, h_before + row * H + j));
    });
  }
  return kDone;
}

// brought (T, N, 3H): the gradient of what the state brings to the gates; it differs from ggates for n
Status gru_backward(float* ggates, float* gh, float* gw, float* gb, float* brought, const float* gy, const float* h,
                    const float* w, const float* y, const float* kept, Sequence s) {
  const int64_t H = s.H, state = s.N * H, C = 3 * H;
  memset(gh, 0, (size_t)state * 4);
  for (int64_t step = s.T - 1; step >= 0; step--) {
    const int64_t t = step_of(s, step);
    const float *const a = kept + t * s.N * C, *const un = kept + s.T * s.N * C + t * state, *const incoming = gy + t * state;
    const float* const h_before = before(s, t, y, h);
    float *const ga = ggates + t * s.N * C, *const gu = brought + t * s.N * C;
    for_rows(s.N, H, 2 * kHard, [=](auto width, int64_t row, int64_t j) {
      const float* const p = a + row * C + j;
      float *const q = ga + row * C + j, *const v = gu + row * C + j, *const to_h = gh + row * H + j;
      const vf r = get(width, p), z = get(width, p + H), n = get(width, p + 2 * H);
      const vf out = get(width, incoming + row * H + j) + get(width, to_h);
      const vf to_n = times(times(out, 1.0f - z), 1.0f - n * n);
      const vf to_r = times(times(to_n, get(width, un + row * H + j)), r * (1.0f - r));
      const vf to_z = times(times(out, get(width, h_before + row * H + j) - n), z * (1.0f - z));
      put(width, q, to_r), put(width, q + H, to_z), put(width, q + 2 * H, to_n);
      put(width, v, to_r), put(width, v + H, to_z), put(width, v + 2 * H, times(to_n, r));
      put(width, to_h, times(out, z));
    });
    const Status status = to_state(gh, gu, w, s, 3, true);
    if (status.missing) return status;
  }
  const Status status = sum_columns(gb, brought, s.T * s.N, C);
  return status.missing ? status : to_weights(gw, brought, y, h, s, 3);
}

Status rnn(float* y, const float* gates, const float* h, const float* w, bool relu, Sequence s) {
  const int64_t state = s.N * s.H;
  for (int64_t step = 0; step < s.T; step++) {
    const int64_t t = step_of(s, step);
    float* const out = y + t * state;
    memcpy(out, gates + t * state, (size_t)state * 4);
    const Status status = by_weights(out, before(s, t, y, h), w, nullptr, s, 1, true);
    if (status.missing) return status;
    in_parts(state, kGrain, kHard, [=](int64_t first, int64_t last) {
      if (relu) map_range([](vf x) { return relu_of(x); }, out, first, last, (const float*)out);
      else map_range([](vf x) { return tanh_of(x); }, out, first, last, (const float*)out);
    });
  }
  return kDone;
}

Status rnn_backward(float* ggates, float* gh, float* gw, const float* gy, const float* h, const float* w, const float* y,
                    bool relu, Sequence s) {
  const int64_t state = s.N * s.H;
  memset(gh, 0, (size_t)state * 4);
  for (int64_t step = s.T - 1; step >= 0; step--) {
    const int64_t t = step_of(s, step);
    const float *const incoming = gy + t * state, *const out = y + t * state, *const later = gh;
    float* const ga = ggates + t * state;
    in_parts(state, kGrain, 2 * kEasy, [=](int64_t first, int64_t last) {
      if (relu)
        map_range([](vf g, vf more, vf v) { return select(v <= 0.0f, vf{}, g + more); }, ga, first, last, incoming, later, out);
      else map_range([](vf g, vf more, vf v) { return times(g + more, 1.0f - v * v); }, ga, first, last, incoming, later, out);
    });
    const Status status = to_state(gh, ga, w, s, 1, false);
    if (status.missing) return status;
  }
  return to_weights(gw, ggates, y, h, s, 1);
}

}  // namespace MG_ISA
}  // namespace mg
