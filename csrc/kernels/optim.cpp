// Optimiser steps, in place, one pass. Parameters and moments below the smallest normal number are written as zero:
// denormals would slow every later step.
#include "kernels.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr int64_t kGrain = 32768;

MG_INLINE vf flush(vf x) { return select(abs_of(x) < 1.17549435e-38f, vf{}, x); }

// g + decay w; without decay nothing of w (which may be infinite) is added.
MG_INLINE vf decayed(vf g, vf w, float decay) { return decay != 0 ? g + decay * w : g; }

// Calls f(access, i, left) for each vector: whole ones with Full, the tail of `left` elements with Some.
struct Full {
  static inline __attribute__((always_inline)) vf read(const float* p, int64_t) { return load(p); }
  static inline __attribute__((always_inline)) void write(float* p, vf v, int64_t) { store(p, v); }
};
struct Some {
  static inline __attribute__((always_inline)) vf read(const float* p, int64_t n) { return load_some(p, n); }
  static inline __attribute__((always_inline)) void write(float* p, vf v, int64_t n) { store_some(p, v, n); }
};
template <class F>
MG_INLINE void each_vector(int64_t n, double cost, const F& f) {
  in_parts(n, kGrain, cost, [=](int64_t first, int64_t last) {
    int64_t i = first;
    for (; i + L <= last; i += L) f(Full{}, i, (int64_t)L);
    if (i < last) f(Some{}, i, last - i);
  });
}

}  // namespace

void sgd_step(float* p, float* v, const float* g, float lr, float momentum, float weight_decay, bool nesterov, bool keras,
              int64_t n) {
  if (!v) {
    each_vector(n, 0.25, [=](auto as, int64_t i, int64_t left) {
      const vf w = as.read(p + i, left);
      as.write(p + i, flush(w - lr * decayed(as.read(g + i, left), w, weight_decay)), left);
    });
  } else if (keras) {
    each_vector(n, 0.4, [=](auto as, int64_t i, int64_t left) {
      const vf w = as.read(p + i, left), d = lr * decayed(as.read(g + i, left), w, weight_decay);
      const vf u = momentum * as.read(v + i, left) - d;
      as.write(v + i, flush(u), left);
      as.write(p + i, flush(w + (nesterov ? momentum * u - d : u)), left);
    });
  } else {
    each_vector(n, 0.4, [=](auto as, int64_t i, int64_t left) {
      const vf w = as.read(p + i, left), d = decayed(as.read(g + i, left), w, weight_decay);
      const vf u = momentum * as.read(v + i, left) + d;
      as.write(v + i, flush(u), left);
      as.write(p + i, flush(w - lr * (nesterov ? d + momentum * u : u)), left);
    });
  }
}

// correction1 = 1 - beta1^t, correction2 = 1 - beta2^t
void adam_step(float* p, float* m, float* v, const float* g, float lr, double beta1, double beta2, float eps,
               float weight_decay, bool decoupled, double correction1, double correction2, int64_t n) {
  const float shrink = decoupled ? 1 - lr * weight_decay : 1.0f, decay = decoupled ? 0.0f : weight_decay;
  const float rate = (float)(lr / correction1), inverse2 = (float)(1 / correction2);
  const float old1 = (float)beta1, old2 = (float)beta2, new1 = (float)(1 - beta1), new2 = (float)(1 - beta2);
  each_vector(n, 0.8, [=](auto as, int64_t i, int64_t left) {
    const vf w = as.read(p + i, left) * shrink, d = decayed(as.read(g + i, left), w, decay);
    const vf mean = flush(old1 * as.read(m + i, left) + new1 * d);
    const vf square = flush(old2 * as.read(v + i, left) + new2 * d * d);
    as.write(m + i, mean, left);
    as.write(v + i, square, left);
    as.write(p + i, flush(w - rate * mean / (sqrt_of(square * inverse2) + eps)), left);
  });
}

}  // namespace MG_ISA
}  // namespace mg
