// Dropout with the words of Philox 4x32-10 (see minigrad/kernels/philox.py): element i is kept if word i >= p 2^32.
// The generator runs in lanes of 64 bits, whose lower halves are the counters; their upper halves are never looked at.
#include "arguments.h"
#include "costs.h"
#include "kernels/parts.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

typedef uint64_t vq __attribute__((vector_size(4 * MG_LANES)));
constexpr int Q = L / 2;  // counters in a vector: they make 4 Q = 2 L words

// The 64-bit products of the lower halves.
#if MG_LANES == 16 && defined(__AVX512F__)
MG_INLINE vq wide_product(vq a, vq b) { return (vq)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b); }
#elif MG_LANES == 8 && defined(__AVX2__)
MG_INLINE vq wide_product(vq a, vq b) { return (vq)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
#elif defined(__SSE2__)
MG_INLINE vq wide_product(vq a, vq b) { return (vq)_mm_mul_epu32((__m128i)a, (__m128i)b); }
#else
MG_INLINE vq wide_product(vq a, vq b) { return (a & 0xffffffffu) * (b & 0xffffffffu); }
#endif

MG_INLINE vq all(uint64_t s) { return s + vq{}; }
#if MG_LANES == 16
MG_INLINE vq numbers() { return (vq){0, 1, 2, 3, 4, 5, 6, 7}; }
#elif MG_LANES == 8
MG_INLINE vq numbers() { return (vq){0, 1, 2, 3}; }
#else
MG_INLINE vq numbers() { return (vq){0, 1}; }
#endif

// Lane i of a, lane i of b, lane i + 1 of a ... for the lower or upper half of the lanes.
MG_INLINE vq interleave(vq a, vq b, int half) {
#if defined(__clang__)
  vq r;
  MG_UNROLL for (int i = 0; i < Q; i++) r[i] = i % 2 ? b[half * Q / 2 + i / 2] : a[half * Q / 2 + i / 2];
  return r;
#else
  return __builtin_shuffle(a, b, (numbers() >> 1) + (numbers() & 1) * Q + all((uint64_t)(half * Q / 2)));
#endif
}

struct Words { vu low, high; };  // 2 L words in order

// The words from 4 * block on.
MG_INLINE Words philox(uint64_t block, uint64_t seed, uint64_t stream) {
  const vq counter = numbers() + block;
  vq c0 = counter, c1 = counter >> 32, c2 = all(stream), c3 = all(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  MG_UNROLL for (int round = 0; round < 10; round++) {
    const vq p0 = wide_product(c0, all(0xD2511F53u)), p1 = wide_product(c2, all(0xCD9E8D57u));
    c0 = (p1 >> 32) ^ c1 ^ all(k0);
    c2 = (p0 >> 32) ^ c3 ^ all(k1);
    c1 = p1;
    c3 = p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const vq first = (c0 & 0xffffffffu) | (c1 << 32), second = (c2 & 0xffffffffu) | (c3 << 32);
  return {(vu)interleave(first, second, 0), (vu)interleave(first, second, 1)};
}

}  // namespace

Status dropout(float* y, const float* x, const uint64_t* key, double p, int64_t n) {
  // round half to even, as Python's; 2^32 and above: nothing is kept
  const double words = __builtin_rint(p * 4294967296.0);
  const float scale = p < 1 ? (float)(1 / (1 - p)) : 0.0f;
  const bool none = words >= 4294967296.0;
  const uint32_t threshold = none || words < 0 ? 0u : (uint32_t)words;
  const uint64_t seed = read_once(key), stream = read_once(key + 1);
  in_parts(n, kGrain, kHard, [=](int64_t first, int64_t last) {  // kGrain is a multiple of every 2 L
    if (none) {
      memset(y + first, 0, (size_t)(last - first) * 4);
      return;
    }
    for (int64_t i = first; i < last; i += 2 * L) {
      const Words w = philox((uint64_t)i / 4, seed, stream);
      const vi low = w.low >= threshold, high = w.high >= threshold;
      if (i + 2 * L <= last) {
        const vf a = load(x + i), b = load(x + i + L);
        store(y + i, select(low, a * scale, vf{}));
        store(y + i + L, select(high, b * scale, vf{}));
        continue;
      }
      const int64_t left = last - i;
      if (left >= L)
        store(y + i, select(low, load(x + i) * scale, vf{}));
      else
        store_some(y + i, select(low, load_some(x + i, left) * scale, vf{}), left);
      if (left > L) store_some(y + i + L, select(high, load_some(x + i + L, left - L) * scale, vf{}), left - L);
    }
  });
  return kDone;
}

// No two callers get one stream.
Status next_key(uint64_t* key, uint64_t* state) {
  const uint64_t stream = __atomic_fetch_add(state + 1, 1, __ATOMIC_RELAXED);
  key[0] = state[0];
  key[1] = stream;
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
