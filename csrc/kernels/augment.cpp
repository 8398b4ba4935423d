// Windows cut out of a batch of images, mirrored and normalised in one pass, and the random words that choose them, each
// image's its own. images (B, C, H, W), channel-major.
#include "arguments.h"
#include "kernels/parts.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

MG_INLINE int64_t within(int64_t v, int64_t low, int64_t high) { return v < low ? low : v > high ? high : v; }

// ---- random words

// The four words of a block, of Philox 4x32-10 (see minigrad/kernels/philox.py).
MG_INLINE void philox(uint32_t* to, uint64_t block, uint64_t seed, uint64_t stream) {
  uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)c0 * 0xD2511F53u, p1 = (uint64_t)c2 * 0xCD9E8D57u;
    const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  to[0] = c0;
  to[1] = c1;
  to[2] = c2;
  to[3] = c3;
}

// ---- windows

MG_INLINE vf lanes_of(const float* p) { return load(p); }
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vf lanes_of(const uint8_t* p) {
  return (vf)_mm512_maskz_cvtepi32_ps(0xffff, _mm512_maskz_cvtepu8_epi32(0xffff, _mm_loadu_si128((const __m128i*)p)));
}
#elif MG_LANES == 8 && defined(__AVX2__)
MG_INLINE vf lanes_of(const uint8_t* p) {
  return (vf)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)p)));
}
#else
MG_INLINE vf lanes_of(const uint8_t* p) {
  vf v = {};
  MG_UNROLL for (int i = 0; i < L; i++) v[i] = (float)p[i];
  return v;
}
#endif

MG_INLINE vf reversed(vf v) {
#if defined(__clang__)
  vf r;
  MG_UNROLL for (int i = 0; i < L; i++) r[i] = v[L - 1 - i];
  return r;
#else
  return __builtin_shuffle(v, (L - 1) - lane_numbers());
#endif
}

#define MG_MEMBER inline __attribute__((always_inline))
struct Scaled {  // floats of bytes or of floats: v s + t
  float s, t;
  template <class T> MG_MEMBER float operator()(T v) const { return (float)v * s + t; }
  template <bool Flip, class T> MG_MEMBER void run(float* y, const T* from, int64_t n) const {
    const float by = s, plus = t;
    const auto lanes = [=](int64_t i) {
      return (Flip ? reversed(lanes_of(from + n - L - i)) : lanes_of(from + i)) * by + plus;
    };
    int64_t i = 0;
    for (; i + L <= n; i += L) store(y + i, lanes(i));
    if (i == n) return;
    if (n >= L) {
      store(y + n - L, lanes(n - L));
      return;
    }
    for (; i < n; i++) y[i] = (*this)(from[Flip ? n - 1 - i : i]);
  }
};

// A block from its end to its beginning.
template <class Block> MG_INLINE Block turned(Block v) {
  constexpr int N = (int)(sizeof(Block) / sizeof(v[0]));
  Block r;
  MG_UNROLL for (int i = 0; i < N; i++) r[i] = v[N - 1 - i];
  return r;
}
#if !defined(__clang__)
typedef uint8_t Bytes16 __attribute__((vector_size(16)));
MG_INLINE Bytes16 turned(Bytes16 v) {
  return __builtin_shuffle(v, (Bytes16){15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
}
#endif

struct Same {  // as they are
  template <class T> MG_MEMBER T operator()(T v) const { return v; }
  template <bool Flip, class T> MG_MEMBER void run(T* y, const T* from, int64_t n) const {
    typedef T Block __attribute__((vector_size(16)));  // blocks of 16 bytes, the last overlaps the one before
    constexpr int64_t N = 16 / (int64_t)sizeof(T);
    for (int64_t i = 0; i < n && n >= N; i += N) {
      const int64_t at = i + N <= n ? i : n - N;
      Block v;
      memcpy(&v, from + (Flip ? n - N - at : at), 16);
      if (Flip) v = turned(v);
      memcpy(y + at, &v, 16);
    }
    if (n < N)
      for (int64_t i = 0; i < n; i++) y[i] = from[Flip ? n - 1 - i : i];
  }
};
#undef MG_MEMBER

// The place among 0 .. n - 1 that v is the mirror image of, in mirrors at the centres of the first and the last.
MG_INLINE int64_t mirrored(int64_t v, int64_t n) {
  int64_t found = v < 0 ? -v : v;
  if (found >= n) found = 2 * n - 2 - found;
  if (found >= 0 && found < n) return found;
  if (n == 1) return 0;
  const int64_t period = 2 * n - 2;
  found = v % period;
  if (found < 0) found += period;
  return found < n ? found : period - found;
}

// A row of a window: columns from `left` on of a row `from` of W numbers.
template <bool Flip, class To, class From, class Rule>
MG_INLINE void window_row(To* y, const From* from, int64_t left, const Windows& s, const Rule& rule) {
  const int64_t n = s.OW, start = within(-left, 0, n), end = within(s.W - left, start, n);
  const To outside = rule((From)s.fill);
  for (int64_t u = 0; u < start; u++) y[Flip ? n - 1 - u : u] = s.reflect ? rule(from[mirrored(left + u, s.W)]) : outside;
  for (int64_t u = end; u < n; u++) y[Flip ? n - 1 - u : u] = s.reflect ? rule(from[mirrored(left + u, s.W)]) : outside;
  if (end > start) rule.template run<Flip>(y + (Flip ? n - end : start), from + left + start, end - start);
}

template <class To, class From, class Make>
MG_INLINE Status windows(To* y, const From* images, const int64_t* places, const Windows& s, const Make& make) {
  constexpr int64_t kFar = (int64_t)1 << 40;
  const int64_t size = s.C * s.OH * s.OW;
  in_parts(s.B, rows_per_part(size), (double)size * 0.3, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      const int64_t top = within(read_once(places + 3 * b), -kFar, kFar);
      const int64_t left = within(read_once(places + 3 * b + 1), -kFar, kFar);
      const bool flip = read_once(places + 3 * b + 2) != 0;
      for (int64_t c = 0; c < s.C; c++) {
        const auto rule = make(c);
        const From* const plane = images + (b * s.C + c) * s.H * s.W;
        To* to = y + (b * s.C + c) * s.OH * s.OW;
        for (int64_t i = 0; i < s.OH; i++, to += s.OW) {
          const int64_t row = top + i;
          if (!s.reflect && (uint64_t)row >= (uint64_t)s.H) {
            const To outside = rule((From)s.fill);
            for (int64_t j = 0; j < s.OW; j++) to[j] = outside;
          } else if (flip) {
            window_row<true>(to, plane + mirrored(row, s.H) * s.W, left, s, rule);
          } else {
            window_row<false>(to, plane + mirrored(row, s.H) * s.W, left, s, rule);
          }
        }
      }
    }
  });
  return kDone;
}

template <class From>
MG_INLINE Status scaled_windows(float* y, const From* images, const int64_t* places, const float* scale, const float* shift,
                                const Windows& s) {
  return windows(y, images, places, s, [=](int64_t c) {
    const int64_t at = s.channels == 1 ? 0 : c;
    return Scaled{scale[at], shift[at]};
  });
}

}  // namespace

Status sample_words(uint32_t* words, const int64_t* index, const uint64_t* key, int64_t B, int64_t n) {
  const uint64_t seed = read_once(key), stream = read_once(key + 1);
  const int64_t blocks = (n + 3) / 4;
  in_parts(B, rows_per_part(blocks * 32), (double)blocks * 12, [=](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; b++) {
      const uint64_t start = (uint64_t)index[b] << 24;
      for (int64_t q = 0; q < blocks; q++) {
        uint32_t four[4];
        philox(four, start + (uint64_t)q, seed, stream);
        const int64_t left = n - 4 * q;
        memcpy(words + b * n + 4 * q, four, (size_t)(left < 4 ? left : 4) * 4);
      }
    }
  });
  return kDone;
}

Status crop_bytes(uint8_t* y, const uint8_t* images, const int64_t* places, Windows s) {
  return windows(y, images, places, s, [](int64_t) { return Same{}; });
}

Status crop_bytes_to_floats(float* y, const uint8_t* images, const int64_t* places, const float* scale, const float* shift,
                            Windows s) {
  return scaled_windows(y, images, places, scale, shift, s);
}

Status crop_floats(float* y, const float* images, const int64_t* places, const float* scale, const float* shift, Windows s) {
  if (scale) return scaled_windows(y, images, places, scale, shift, s);
  return windows(y, images, places, s, [](int64_t) { return Same{}; });
}

}  // namespace MG_ISA
}  // namespace mg
