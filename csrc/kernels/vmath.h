// exp, log, tanh, sigmoid of a vector, and sums and maxima across its lanes. Included after simd.h by the files compiled
// per instruction set. Errors are at most a few units in the last place; NaN, infinities, -0 and denormals mean what they
// mean in numpy. Polynomials after Cephes (S. Moshier).
#pragma once
#include "simd.h"

namespace mg {
namespace MG_ISA {

constexpr float kInfinity = __builtin_inff();

MG_INLINE vf abs_of(vf x) { return as_float(as_int(x) & 0x7fffffff); }
MG_INLINE vf with_sign_of(vf x, vf sign) { return as_float(as_int(x) | (as_int(sign) & (int32_t)0x80000000)); }
MG_INLINE vi is_nan(vf x) { return x != x; }
// larger(a, b) = a > b ? a : b and smaller(a, b) = a < b ? a : b: b where either is NaN. any(mask): is a lane set.
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vf sqrt_of(vf x) { return (vf)_mm512_maskz_sqrt_ps(0xffff, (__m512)x); }
MG_INLINE vf larger(vf a, vf b) { return (vf)_mm512_maskz_max_ps(0xffff, (__m512)a, (__m512)b); }
MG_INLINE vf smaller(vf a, vf b) { return (vf)_mm512_maskz_min_ps(0xffff, (__m512)a, (__m512)b); }
MG_INLINE bool any(vi mask) { return _mm512_movepi32_mask((__m512i)mask) != 0; }
#elif MG_LANES == 8 && defined(__AVX2__)
MG_INLINE vf sqrt_of(vf x) { return (vf)_mm256_sqrt_ps((__m256)x); }
MG_INLINE vf larger(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
MG_INLINE vf smaller(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
MG_INLINE bool any(vi mask) { return _mm256_movemask_ps((__m256)mask) != 0; }
#elif defined(__SSE2__)
MG_INLINE vf sqrt_of(vf x) { return (vf)_mm_sqrt_ps((__m128)x); }
MG_INLINE vf larger(vf a, vf b) { return (vf)_mm_max_ps((__m128)a, (__m128)b); }
MG_INLINE vf smaller(vf a, vf b) { return (vf)_mm_min_ps((__m128)a, (__m128)b); }
MG_INLINE bool any(vi mask) { return _mm_movemask_ps((__m128)mask) != 0; }
#else
MG_INLINE vf larger(vf a, vf b) { return select(a > b, a, b); }
MG_INLINE vf smaller(vf a, vf b) { return select(a < b, a, b); }
MG_INLINE bool any(vi mask) {
  int32_t found = 0;
  MG_UNROLL for (int i = 0; i < L; i++) found |= mask[i];
  return found != 0;
}
MG_INLINE vf sqrt_of(vf x) {
  MG_UNROLL for (int i = 0; i < L; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}
#endif

// NaN wins.
MG_INLINE vf maximum_of(vf a, vf b) { return select(is_nan(a), a, larger(a, b)); }
MG_INLINE vf minimum_of(vf a, vf b) { return select(is_nan(a), a, smaller(a, b)); }

// p 2^n for integers n = nf that may take p to infinity or to denormals: in two steps where no instruction does it.
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vf scale_by_power(vf p, vi, vf nf) { return (vf)_mm512_maskz_scalef_ps(0xffff, (__m512)p, (__m512)nf); }
#else
MG_INLINE vf power_of_two(vi n) { return as_float((n + 127) << 23); }  // -126 <= n <= 127
MG_INLINE vf scale_by_power(vf p, vi n, vf) {
  const vi half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
}
#endif

// x = n log 2 + r, n = round(x / log 2), and expm1(r) = exp(r) - 1.
struct Reduced {
  vi n;
  vf nf, expm1;
};

MG_INLINE Reduced reduced(vf x) {
  const vf magic = splat(12582912.0f);           // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const vf shifted = x * 1.44269504088896341f + magic;
  const vf nf = shifted - magic;
  vf r = x - nf * 0.693359375f;                  // log 2 in two parts: the first product is exact
  r = r + nf * 2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return {as_int(shifted) - as_int(magic), nf, p * (r * r) + r};
}

MG_INLINE vf exp_of(vf x) {
  x = larger(splat(-104.0f), smaller(splat(89.0f), x));  // e^89 overflows to infinity, e^-104 rounds to 0; NaN passes
  const Reduced e = reduced(x);
  return scale_by_power(e.expm1 + 1.0f, e.n, e.nf);
}

// log(1 + t) + e log 2 for sqrt(1/2) <= 1 + t < sqrt(2); log 2 in two parts of one sign, so that an infinite e goes through
MG_INLINE vf log_of_parts(vf t, vf e) {
  const vf z = t * t;
  vf p = splat(7.0376836292e-2f);
  p = p * t - 1.1514610310e-1f;
  p = p * t + 1.1676998740e-1f;
  p = p * t - 1.2420140846e-1f;
  p = p * t + 1.4249322787e-1f;
  p = p * t - 1.6668057665e-1f;
  p = p * t + 2.0000714765e-1f;
  p = p * t - 2.4999993993e-1f;
  p = p * t + 3.3333331174e-1f;
  const vf y = p * t * z + e * 9.0580006145e-6f - 0.5f * z;
  return t + y + e * 6.9313812256e-1f;
}

#if MG_LANES == 16 && defined(__AVX512F__)
// The instructions for mantissa and exponent know denormals and give, for 0 and infinity, an exponent of that infinity;
// the mantissa of a negative number is NaN.
MG_INLINE vf log_of(vf a) {
  const vf m = (vf)_mm512_maskz_getmant_ps(0xffff, (__m512)a, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan);
  const vf e = (vf)_mm512_maskz_getexp_ps(0xffff, (__m512)a);
  const vi high = m > 1.41421356f;
  return log_of_parts(select(high, m * 0.5f, m) - 1.0f, select(high, e + 1.0f, e));
}
#else
MG_INLINE vf log_of(vf a) {
  const vi tiny = a < 1.17549435e-38f;                         // denormals are scaled into range
  vf x = select(tiny, a * 8388608.0f, a);
  const vi bits = as_int(x);
  vi e = (bits >> 23) - 126 - (tiny & 23);                     // x = m 2^e, 0.5 <= m < 1
  vf m = as_float((bits & 0x007fffff) | 0x3f000000);
  const vi low = m < 0.707106781186547524f;
  e = e + low;                                                 // a mask is -1
  m = select(low, m + m, m) - 1.0f;
  vf y = log_of_parts(m, __builtin_convertvector(e, vf));
  y = select(a == kInfinity, a, y);
  y = select(a == 0.0f, splat(-kInfinity), y);
  return select((a < 0.0f) | is_nan(a), splat(__builtin_nanf("")), y);
}
#endif

MG_INLINE vf sigmoid_of(vf x) {
  const vf e = exp_of(-abs_of(x));
  return select(x < 0.0f, e, splat(1.0f)) / (1.0f + e);
}

// m / (m + 2), m = exp(2 |x|) - 1 = 2^n expm1(r) + (2^n - 1); from |x| = 9.02 on the result is 1.
MG_INLINE vf tanh_of(vf x) {
  const vf a = abs_of(x);
  const Reduced e = reduced(smaller(splat(18.04f), a + a));
  const vf power = as_float((e.n + 127) << 23);
  const vf m = e.expm1 * power + (power - 1.0f);
  return with_sign_of(m / (m + 2.0f), x);
}

// Lane i of the result is lane place[i] of a, or lane place[i] - L of b. place is a constant.
MG_INLINE vf pick(vf a, vf b, vi place) {
#if defined(__clang__)
  vf r;
  MG_UNROLL for (int i = 0; i < L; i++) r[i] = place[i] < L ? a[place[i]] : b[place[i] - L];
  return r;
#else
  return __builtin_shuffle(a, b, place);
#endif
}

// Lane i of the result is lane i + by of v, cyclically.
MG_INLINE vf rotate(vf v, int by) { return pick(v, v, (lane_numbers() + by) & (L - 1)); }
MG_INLINE float sum_of_lanes(vf v) {
  MG_UNROLL for (int by = L / 2; by > 0; by /= 2) v = v + rotate(v, by);
  return v[0];
}
MG_INLINE float max_of_lanes(vf v) {  // of numbers; NaN must be looked for apart
  MG_UNROLL for (int by = L / 2; by > 0; by /= 2) v = larger(v, rotate(v, by));
  return v[0];
}

// Lane i of the result is op across all lanes of v[i], for L vectors at once; v is overwritten.
template <class Op>
MG_INLINE vf across(vf* v, const Op& op) {
  MG_UNROLL for (int step = 1; step < L; step *= 2) {
    const vi i = lane_numbers(), odd = (i & step) != 0;
    const vi first = i + (odd & (L - step)), second = i + (odd ? vi{} + L : vi{} + step);
    MG_UNROLL for (int k = 0; k < L / 2 / step; k++)
      v[k] = op(pick(v[2 * k], v[2 * k + 1], first), pick(v[2 * k], v[2 * k + 1], second));
  }
  return v[0];
}

}  // namespace MG_ISA
}  // namespace mg
