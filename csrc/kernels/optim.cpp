// Optimiser steps, in place, one pass. Parameters and moments below the smallest normal number are written as zero:
// denormals would slow every later step.
#include "arguments.h"
#include "kernels/parts.h"
#include "kernels/vmath.h"

// The C library's power, for the two corrections of a step.
extern "C" double pow(double, double) noexcept;

namespace mg {
namespace MG_ISA {

namespace {

MG_INLINE vf flush(vf x) { return select(abs_of(x) < 1.17549435e-38f, vf{}, x); }

// g + decay w; without decay nothing of w (which may be infinite) is added.
MG_INLINE vf decayed(vf g, vf w, float decay) { return decay != 0 ? g + decay * w : g; }

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

}  // namespace

Status sgd_step(Parameters all, const double* rate, float momentum, float weight_decay, bool nesterov, bool keras) {
  const float lr = (float)*rate;
  for (int k = 0; k < all.count; k++) {
    float *const p = all.of[k].p, *const v = all.of[k].state[0];
    const float* const g = all.of[k].g;
    if (!v) {
      each_vector(all.of[k].n, 0.25, [=](auto as, int64_t i, int64_t left) {
        const vf w = as.read(p + i, left);
        as.write(p + i, flush(w - lr * decayed(as.read(g + i, left), w, weight_decay)), left);
      });
    } else if (keras) {
      each_vector(all.of[k].n, 0.4, [=](auto as, int64_t i, int64_t left) {
        const vf w = as.read(p + i, left), d = lr * decayed(as.read(g + i, left), w, weight_decay);
        const vf u = momentum * as.read(v + i, left) - d;
        as.write(v + i, flush(u), left);
        as.write(p + i, flush(w + (nesterov ? momentum * u - d : u)), left);
      });
    } else {
      each_vector(all.of[k].n, 0.4, [=](auto as, int64_t i, int64_t left) {
        const vf w = as.read(p + i, left), d = decayed(as.read(g + i, left), w, weight_decay);
        const vf u = momentum * as.read(v + i, left) + d;
        as.write(v + i, flush(u), left);
        as.write(p + i, flush(w - lr * (nesterov ? d + momentum * u : u)), left);
      });
    }
  }
  return kDone;
}

Status count_step(int64_t* step) {
  *step += *step < INT64_MAX;
  return kDone;
}

Status adam_step(Parameters all, const int64_t* step, const double* rate, double beta1, double beta2, float eps,
                 float weight_decay, bool decoupled) {
  const double t = (double)*step, correction1 = 1 - pow(beta1, t), correction2 = 1 - pow(beta2, t);
  const float lr = (float)*rate;
  const float shrink = decoupled ? 1 - lr * weight_decay : 1.0f, decay = decoupled ? 0.0f : weight_decay;
  const float scaled = (float)(lr / correction1), inverse2 = (float)(1 / correction2);
  const float old1 = (float)beta1, old2 = (float)beta2, new1 = (float)(1 - beta1), new2 = (float)(1 - beta2);
  for (int k = 0; k < all.count; k++) {
    float *const p = all.of[k].p, *const m = all.of[k].state[0], *const v = all.of[k].state[1];
    const float* const g = all.of[k].g;
    each_vector(all.of[k].n, 0.8, [=](auto as, int64_t i, int64_t left) {
      const vf w = as.read(p + i, left) * shrink, d = decayed(as.read(g + i, left), w, decay);
      const vf mean = flush(old1 * as.read(m + i, left) + new1 * d);
      const vf square = flush(old2 * as.read(v + i, left) + new2 * d * d);
      as.write(m + i, mean, left);
      as.write(v + i, square, left);
      as.write(p + i, flush(w - scaled * mean / (sqrt_of(square * inverse2) + eps)), left);
    });
  }
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
