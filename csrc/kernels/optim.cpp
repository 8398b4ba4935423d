// Optimiser steps, in place, one pass: SGD and Adam's family. What each one means stands in reference/optim.py.
#include "kernels/steps.h"

namespace mg {
namespace MG_ISA {

namespace {

// Adam's running means of d and d^2.
struct Moments {
  float old1, old2, new1, new2;

  Moments(double beta1, double beta2)
      : old1((float)beta1), old2((float)beta2), new1((float)(1 - beta1)), new2((float)(1 - beta2)) {}
  inline __attribute__((always_inline)) void move(vf* s, vf d) const {
    s[0] = flush(old1 * s[0] + new1 * d);
    s[1] = flush(old2 * s[1] + new2 * d * d);
  }
};

double nadam_share(double beta1, double momentum_decay, double t) { return beta1 * (1 - 0.5 * pow(0.96, t * momentum_decay)); }

}  // namespace

Status count_step(int64_t* step) {
  *step += *step < INT64_MAX;
  return kDone;
}

Status sgd_step(Parameters all, Gradients how, const int64_t* step, const double* rate, float momentum, double dampening,
                double decay, bool nesterov, bool keras) {
  const double t = step ? (double)*step - 1 : 0;
  const float lr = (float)(*rate / (1 + decay * t)), share = t > 0 ? (float)(1 - dampening) : 1.0f;
  if (!all.count) return kDone;
  if (!all.of[0].state[0]) {
    step_each<0>(all, how, 0.25, [=](vf w, vf d, vf*) { return w - lr * d; });
  } else if (keras) {
    step_each<1>(all, how, 0.4, [=](vf w, vf d, vf* s) {
      d = lr * d;
      const vf u = momentum * s[0] - d;
      s[0] = flush(u);
      return w + (nesterov ? momentum * u - d : u);
    });
  } else if (share == 1) {
    step_each<1>(all, how, 0.4, [=](vf w, vf d, vf* s) {
      const vf u = momentum * s[0] + d;
      s[0] = flush(u);
      return w - lr * (nesterov ? d + momentum * u : u);
    });
  } else {
    step_each<1>(all, how, 0.4, [=](vf w, vf d, vf* s) {
      const vf u = momentum * s[0] + share * d;
      s[0] = flush(u);
      return w - lr * (nesterov ? d + momentum * u : u);
    });
  }
  return kDone;
}

Status adam_step(Parameters all, Gradients how, const int64_t* step, const double* rate, double beta1, double beta2, float eps,
                 float weight_decay) {
  const double t = (double)*step, left1 = 1 - pow(beta1, t), left2 = 1 - pow(beta2, t);
  const float shrink = 1 - (float)*rate * weight_decay, scaled = (float)((float)*rate / left1), inverse2 = (float)(1 / left2);
  const Moments moments(beta1, beta2);
  if (!all.count) return kDone;
  if (all.of[0].state[2]) {
    step_each<7>(all, how, 0.9, [=](vf w, vf d, vf* s) {
      moments.move(s, d);
      s[2] = maximum_of(s[2], s[1]);
      return w * shrink - scaled * s[0] / (sqrt_of(s[2] * inverse2) + eps);
    });
  } else {
    step_each<3>(all, how, 0.8, [=](vf w, vf d, vf* s) {
      moments.move(s, d);
      return w * shrink - scaled * s[0] / (sqrt_of(s[1] * inverse2) + eps);
    });
  }
  return kDone;
}

Status nadam_product(double* product, const int64_t* step, double beta1, double momentum_decay) {
  *product *= nadam_share(beta1, momentum_decay, (double)*step);
  return kDone;
}

Status nadam_step(Parameters all, Gradients how, const int64_t* step, const double* product, const double* rate, double beta1,
                  double beta2, float eps, float weight_decay, double momentum_decay) {
  const double t = (double)*step, mu = nadam_share(beta1, momentum_decay, t), next = nadam_share(beta1, momentum_decay, t + 1);
  const float of_d = (float)(*rate * (1 - mu) / (1 - *product)), of_m = (float)(*rate * next / (1 - *product * next));
  const float shrink = 1 - (float)*rate * weight_decay, inverse2 = (float)(1 / (1 - pow(beta2, t)));
  const Moments moments(beta1, beta2);
  step_each<3>(all, how, 0.8, [=](vf w, vf d, vf* s) {
    moments.move(s, d);
    return w * shrink - (of_d * d + of_m * s[0]) / (sqrt_of(s[1] * inverse2) + eps);
  });
  return kDone;
}

Status radam_step(Parameters all, Gradients how, const int64_t* step, const double* rate, double beta1, double beta2, float eps,
                  float weight_decay) {
  const double t = (double)*step, power2 = pow(beta2, t), left2 = 1 - power2, most = 2 / (1 - beta2) - 1;
  const double length = most - 2 * t * power2 / left2;
  const float shrink = 1 - (float)*rate * weight_decay, scaled = (float)(*rate / (1 - pow(beta1, t)));
  const Moments moments(beta1, beta2);
  if (length > 5) {
    const double squared = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length) * left2;
    const float factor = (float)pow(squared, 0.5);
    step_each<3>(all, how, 0.8, [=](vf w, vf d, vf* s) {
      moments.move(s, d);
      return w * shrink - scaled * s[0] * (factor / (sqrt_of(s[1]) + eps));
    });
  } else {
    step_each<3>(all, how, 0.6, [=](vf w, vf d, vf* s) {
      moments.move(s, d);
      return w * shrink - scaled * s[0];
    });
  }
  return kDone;
}

Status adamax_step(Parameters all, Gradients how, const int64_t* step, const double* rate, double beta1, double beta2,
                   float eps) {
  const float scaled = (float)(*rate / (1 - pow(beta1, (double)*step)));
  const float old1 = (float)beta1, new1 = (float)(1 - beta1), old2 = (float)beta2;
  step_each<3>(all, how, 0.6, [=](vf w, vf d, vf* s) {
    s[0] = flush(old1 * s[0] + new1 * d);
    s[1] = flush(maximum_of(old2 * s[1], abs_of(d) + eps));
    return w - scaled * s[0] / s[1];
  });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
