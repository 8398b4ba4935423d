// More optimiser steps, in place, one pass, and running means of weights. What each one means stands in reference/adaptive.py.
#include "kernels/steps.h"

namespace mg {
namespace MG_ISA {

namespace {

// -1 or 1; of 0 and NaN themselves
MG_INLINE vf way_of(vf x) { return select(x > 0.0f, splat(1), select(x < 0.0f, splat(-1), x)); }

template <bool Centered, bool Moving>
void rmsprop(const Parameters& all, Gradients how, float lr, double alpha, float eps, float momentum) {
  const float old = (float)alpha, fresh = (float)(1 - alpha);
  step_each<1 + 2 * Centered + 4 * Moving>(all, how, 0.6, [=](vf w, vf d, vf* s) {
    vf spread = s[0] = flush(old * s[0] + fresh * d * d);
    if constexpr (Centered) {
      s[1] = flush(old * s[1] + fresh * d);
      spread = maximum_of(spread - s[1] * s[1], vf{});
    }
    const vf change = d / (sqrt_of(spread) + eps);
    if constexpr (Moving) {
      s[2] = flush(momentum * s[2] + change);
      return w - lr * s[2];
    }
    return w - lr * change;
  });
}

}  // namespace

Status rmsprop_step(Parameters all, Gradients how, const double* rate, double alpha, float eps, float momentum) {
  if (!all.count) return kDone;
  const bool centered = all.of[0].state[1], moving = all.of[0].state[2];
  const auto run = centered ? moving ? rmsprop<true, true> : rmsprop<true, false>
                   : moving ? rmsprop<false, true>
                            : rmsprop<false, false>;
  run(all, how, (float)*rate, alpha, eps, momentum);
  return kDone;
}

Status adagrad_step(Parameters all, Gradients how, const int64_t* step, const double* rate, double lr_decay, float eps) {
  const float lr = (float)(*rate / (1 + ((double)*step - 1) * lr_decay));
  step_each<1>(all, how, 0.5, [=](vf w, vf d, vf* s) {
    s[0] = flush(s[0] + d * d);
    return w - lr * d / (sqrt_of(s[0]) + eps);
  });
  return kDone;
}

Status adadelta_step(Parameters all, Gradients how, const double* rate, double rho, float eps) {
  const float lr = (float)*rate, old = (float)rho, fresh = (float)(1 - rho);
  step_each<3>(all, how, 0.9, [=](vf w, vf d, vf* s) {
    s[0] = flush(old * s[0] + fresh * d * d);
    const vf change = sqrt_of(s[1] + eps) / sqrt_of(s[0] + eps) * d;
    s[1] = flush(old * s[1] + fresh * change * change);
    return w - lr * change;
  });
  return kDone;
}

Status lion_step(Parameters all, Gradients how, const double* rate, double beta1, double beta2, float weight_decay) {
  const float lr = (float)*rate, shrink = 1 - lr * weight_decay, old1 = (float)beta1, new1 = (float)(1 - beta1);
  const float old2 = (float)beta2, new2 = (float)(1 - beta2);
  step_each<1>(all, how, 0.4, [=](vf w, vf d, vf* s) {
    const vf way = way_of(old1 * s[0] + new1 * d);
    s[0] = flush(old2 * s[0] + new2 * d);
    return w * shrink - lr * way;
  });
  return kDone;
}

Status rprop_step(Parameters all, Gradients how, const int64_t* step, const double* rate, float shrink, float grow,
                  float smallest, float largest) {
  const bool first = *step == 1;
  const float lr = (float)*rate;
  step_each<3>(all, how, 0.5, [=](vf w, vf d, vf* s) {
    const vf same = d * s[0], factor = select(same > 0.0f, splat(grow), select(same < 0.0f, splat(shrink), splat(1)));
    const vf size = minimum_of(maximum_of((first ? splat(lr) : s[1]) * factor, splat(smallest)), splat(largest));
    d = select(same < 0.0f, vf{}, d);
    s[0] = flush(d);
    s[1] = flush(size);
    return w - way_of(d) * size;
  });
  return kDone;
}

Status asgd_step(Parameters all, Gradients how, const int64_t* step, const double* eta, const double* rate, double lambd,
                 double t0) {
  const double size = *step == 1 ? *rate : *eta, since = (double)*step - 1 - t0;
  const float lr = (float)size, shrink = (float)(1 - lambd * size), share = (float)(1 / (since > 1 ? since : 1));
  step_each<1>(all, how, 0.4, [=](vf w, vf d, vf* s) {
    w = w * shrink - lr * d;
    s[0] = flush(share == 1 ? w : s[0] + (w - s[0]) * share);
    return w;
  });
  return kDone;
}

Status asgd_eta(double* eta, const int64_t* step, const double* rate, double lambd, double alpha) {
  *eta = *rate / pow(1 + lambd * *rate * (double)*step, alpha);
  return kDone;
}

Status average_step(Parameters all, const int64_t* count, double decay) {
  const int64_t n = *count;
  const float share = (float)(decay < 0 ? 1 / ((double)n + 1) : 1 - decay);
  step_each<0>(all, Gradients{false, 0}, 0.25, [=](vf m, vf p, vf*) { return n == 0 ? p : m + share * (p - m); });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
