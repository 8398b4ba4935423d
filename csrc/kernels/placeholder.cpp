// Plain loops for the families that are not there yet.
#include "kernels.h"
#include "simd.h"
namespace mg {
namespace MG_ISA {
#if !__has_include("conv2d.cpp")
template <class F> static void each(const Conv* s, F f) {
  int64_t ci = s->C / s->groups, co = s->O / s->groups;
  for (int64_t n = 0; n < s->N; n++) for (int64_t i = 0; i < s->OH; i++) for (int64_t j = 0; j < s->OW; j++)
  for (int64_t o = 0; o < s->O; o++) for (int64_t c = 0; c < ci; c++) for (int64_t p = 0; p < s->KH; p++) for (int64_t q = 0; q < s->KW; q++) {
    int64_t h = i * s->sh - s->ph + p * s->dh, w = j * s->sw - s->pw + q * s->dw;
    if (h < 0 || w < 0 || h >= s->H || w >= s->W) continue;
    f(((n * s->H + h) * s->W + w) * s->C + o / co * ci + c, ((o * ci + c) * s->KH + p) * s->KW + q, ((n * s->OH + i) * s->OW + j) * s->O + o);
  }
}
void conv2d(float* y, const float* x, const float* w, const float* b, const Conv* s) {
  for (int64_t i = 0; i < s->N * s->OH * s->OW * s->O; i++) y[i] = b ? b[i % s->O] : 0;
  each(s, [=](int64_t i, int64_t k, int64_t o) { y[o] += x[i] * w[k]; });
}
void conv2d_input_grad(float* gx, const float* g, const float* w, const Conv* s) {
  for (int64_t i = 0; i < s->N * s->H * s->W * s->C; i++) gx[i] = 0;
  each(s, [=](int64_t i, int64_t k, int64_t o) { gx[i] += g[o] * w[k]; });
}
void conv2d_weight_grad(float* gw, const float* g, const float* x, const Conv* s) {
  for (int64_t i = 0; i < s->O * s->C / s->groups * s->KH * s->KW; i++) gw[i] = 0;
  each(s, [=](int64_t i, int64_t k, int64_t o) { gw[k] += g[o] * x[i]; });
}
#endif
#if !__has_include("pool2d.cpp")
template <class F> static void each(const Pool* s, F f) {
  for (int64_t n = 0; n < s->N; n++) for (int64_t i = 0; i < s->OH; i++) for (int64_t j = 0; j < s->OW; j++)
  for (int64_t c = 0; c < s->C; c++) for (int64_t k = 0; k < s->KH * s->KW; k++) {
    int64_t h = i * s->sh - s->ph + k / s->KW, w = j * s->sw - s->pw + k % s->KW;
    if (h < 0 || w < 0 || h >= s->H || w >= s->W) continue;
    f(((n * s->OH + i) * s->OW + j) * s->C + c, ((n * s->H + h) * s->W + w) * s->C + c, k);
  }
}
static void zero(float* y, int64_t n) { for (int64_t i = 0; i < n; i++) y[i] = 0; }
static int64_t ny(const Pool* s) { return s->N * s->OH * s->OW * s->C; }
static int64_t nx(const Pool* s) { return s->N * s->H * s->W * s->C; }
void max_pool2d(float* y, uint8_t* index, const float* x, const Pool* s) {
  for (int64_t i = 0; i < ny(s); i++) y[i] = -__builtin_inff(), index[i] = 255;
  each(s, [=](int64_t o, int64_t i, int64_t k) { if (index[o] == 255 || x[i] > y[o] || (x[i] != x[i] && y[o] == y[o])) y[o] = x[i], index[o] = (uint8_t)k; });
}
void max_pool2d_gather(float* y, const float* x, const uint8_t* index, const Pool* s) {
  zero(y, ny(s));
  each(s, [=](int64_t o, int64_t i, int64_t k) { if (index[o] == k) y[o] = x[i]; });
}
void max_pool2d_scatter(float* gx, const float* g, const uint8_t* index, const Pool* s) {
  zero(gx, nx(s));
  each(s, [=](int64_t o, int64_t i, int64_t k) { if (index[o] == k) gx[i] += g[o]; });
}
void avg_pool2d(float* y, const float* x, const Pool* s) {
  zero(y, ny(s));
  each(s, [=](int64_t o, int64_t i, int64_t) { y[o] += x[i] / (float)(s->KH * s->KW); });
}
void avg_pool2d_backward(float* gx, const float* g, const Pool* s) {
  zero(gx, nx(s));
  each(s, [=](int64_t o, int64_t i, int64_t) { gx[i] += g[o] / (float)(s->KH * s->KW); });
}
#endif
#if !__has_include("batch_norm.cpp")
void batch_norm(float* y, float* mean, float* var, float* rstd, const float* x, const float* gamma, const float* beta, int64_t R, int64_t C, float eps) {
  for (int64_t c = 0; c < C; c++) {
    double s = 0, v = 0;
    for (int64_t r = 0; r < R; r++) s += x[r * C + c];
    s /= (double)R;
    for (int64_t r = 0; r < R; r++) v += (x[r * C + c] - s) * (x[r * C + c] - s);
    v /= (double)R;
    mean[c] = (float)s; var[c] = (float)v; rstd[c] = (float)(1 / __builtin_sqrt(v + (double)eps));
    for (int64_t r = 0; r < R; r++) y[r * C + c] = (x[r * C + c] - mean[c]) * rstd[c] * gamma[c] + beta[c];
  }
}
void batch_norm_backward(float* gx, float* ggamma, float* gbeta, const float* g, const float* x, const float* gamma, const float* mean, const float* rstd, int64_t R, int64_t C) {
  for (int64_t c = 0; c < C; c++) {
    double a = 0, b = 0;
    for (int64_t r = 0; r < R; r++) a += g[r * C + c] * (x[r * C + c] - mean[c]) * rstd[c], b += g[r * C + c];
    ggamma[c] = (float)a; gbeta[c] = (float)b;
    for (int64_t r = 0; r < R; r++) gx[r * C + c] = gamma[c] * rstd[c] * (g[r * C + c] - (float)(b / (double)R) - (x[r * C + c] - mean[c]) * rstd[c] * (float)(a / (double)R));
  }
}
void scale_shift(float* y, const float* x, const float* scale, const float* shift, int64_t R, int64_t C) {
  for (int64_t i = 0; i < R * C; i++) y[i] = x[i] * scale[i % C] + shift[i % C];
}
#endif
}  // namespace MG_ISA
}  // namespace mg
