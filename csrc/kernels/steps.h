// What the optimiser steps share: one pass over the parameters, their gradients and their state, a vector at a time.
#pragma once
#include "arguments.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"

// The C library's power, for the corrections of a step.
extern "C" double pow(double, double) noexcept;

namespace mg {
namespace MG_ISA {

// Parameters and moments below the smallest normal number are written as zero: denormals would slow every later step.
MG_INLINE vf flush(vf x) { return select(abs_of(x) < 1.17549435e-38f, vf{}, x); }

// g, or -g, + decay w; without decay nothing of w (which may be infinite) is added.
template <bool Turned>
MG_INLINE vf direction(vf g, vf w, float decay) {
  if constexpr (Turned) g = -g;
  return decay != 0 ? g + decay * w : g;
}

// Calls f(access, i, left) for each vector: whole ones with Full, the tail of `left` elements with Some.
struct Full {
  MG_INLINE vf read(const float* p, int64_t) { return load(p); }
  MG_INLINE void write(float* p, vf v, int64_t) { store(p, v); }
};
struct Some {
  MG_INLINE vf read(const float* p, int64_t n) { return load_some(p, n); }
  MG_INLINE void write(float* p, vf v, int64_t n) { store_some(p, v, n); }
};
template <class F>
MG_INLINE void each_vector(int64_t n, double cost, const F& f) {
  in_parts(n, kGrain, cost, [=](int64_t first, int64_t last) {
    int64_t i = first;
    for (; i + L <= last; i += L) f(Full{}, i, (int64_t)L);
    if (i < last) f(Some{}, i, last - i);
  });
}

// step_each: a step of all parameters by f(w, d, s) -> the new w: d is what is made of the gradient, s[0], s[1], s[2] are the state, which
// f changes. S has a bit for each state array that there is; cost: nanoseconds for an element.
template <int S, bool Turned, class F>
MG_INLINE void step_turned(const Parameters& all, float decay, double cost, const F& f) {
  for (int k = 0; k < all.count; k++) {
    float* const p = all.of[k].p;
    const float* const g = all.of[k].g;
    float *const s0 = all.of[k].state[0], *const s1 = all.of[k].state[1], *const s2 = all.of[k].state[2];
    each_vector(all.of[k].n, cost, [=](auto as, int64_t i, int64_t left) {
      vf s[3] = {};
      if constexpr (S & 1) s[0] = as.read(s0 + i, left);
      if constexpr (S & 2) s[1] = as.read(s1 + i, left);
      if constexpr (S & 4) s[2] = as.read(s2 + i, left);
      const vf w = as.read(p + i, left);
      const vf y = f(w, direction<Turned>(as.read(g + i, left), w, decay), s);
      if constexpr (S & 1) as.write(s0 + i, s[0], left);
      if constexpr (S & 2) as.write(s1 + i, s[1], left);
      if constexpr (S & 4) as.write(s2 + i, s[2], left);
      as.write(p + i, flush(y), left);
    });
  }
}
template <int S, class F>
MG_INLINE void step_each(const Parameters& all, Gradients how, double cost, const F& f) {
  if (how.turned) step_turned<S, true>(all, how.decay, cost, f);
  else step_turned<S, false>(all, how.decay, cost, f);
}

}  // namespace MG_ISA
}  // namespace mg
