// Where the numbers of a row stand in ascending order, the first of equals first, NaN last; and the first few from an end.
// A number becomes an integer of the same order, with its place in the lower half: so no two are equal, and any way to sort
// them is a stable one. Short rows are sorted by insertion, long ones digit by digit.
#include "kernels/parts.h"
#include "kernels/vmath.h"
#include "kernels/workspace.h"

namespace mg {
namespace MG_ISA {

namespace {

constexpr int64_t kInsertion = 40;  // elements, at most
constexpr int64_t kMany = 8192;     // from which on wider digits are worth their tables
constexpr int64_t kFew = 64;        // that topk keeps

// Unsigned, in the order of the numbers: -0 is 0, and every NaN is the largest.
MG_INLINE uint32_t ordered(float x) {
  if (x != x) return 0xffffffffu;
  x += 0.0f;
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
}

void insertion_sort(uint64_t* p, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const uint64_t v = p[i];
    int64_t k = i;
    for (; k > 0 && p[k - 1] > v; k--) p[k] = p[k - 1];
    p[k] = v;
  }
}

// Sorts p by its upper half, from the lowest digit to the highest; where the result lies: p or spare.
template <int BITS>
MG_INLINE uint64_t* radix_sort(uint64_t* p, uint64_t* spare, int64_t n) {
  constexpr int passes = (32 + BITS - 1) / BITS, size = 1 << BITS;
  uint32_t counts[passes][size];
  memset(counts, 0, sizeof counts);
  for (int64_t i = 0; i < n; i++) MG_UNROLL for (int d = 0; d < passes; d++) counts[d][p[i] >> (32 + d * BITS) & (size - 1)]++;
  for (int d = 0; d < passes; d++) {
    const int shift = 32 + d * BITS;
    uint32_t* const place = counts[d];
    if (place[p[0] >> shift & (size - 1)] == (uint32_t)n) continue;  // a digit that all have in common
    uint32_t total = 0;
    for (int k = 0; k < size; k++) {
      const uint32_t count = place[k];
      place[k] = total;
      total += count;
    }
    for (int64_t i = 0; i < n; i++) spare[place[p[i] >> shift & (size - 1)]++] = p[i];
    uint64_t* const sorted = spare;
    spare = p;
    p = sorted;
  }
  return p;
}

// A place in the row with its number, for topk: larger keys come first.
struct Kept { int32_t key; int64_t at; };

// Signed, in the order of the numbers, or the reverse: as ordered(), L at a time.
MG_INLINE vi keys_of(vf x, bool largest) {
  const vi bits = as_int(x + 0.0f), key = bits ^ ((bits >> 31) & 0x7fffffff);
  const vi up = is_nan(x) ? vi{} + 0x7fffffff : key;
  return largest ? up : ~up;
}

MG_INLINE void insert(Kept* kept, int64_t n, int32_t key, int64_t at) {
  int64_t k = n;  // the places 0 .. n - 1 are in order; what falls off the end is lost
  for (; k > 0 && kept[k - 1].key < key; k--) kept[k] = kept[k - 1];
  kept[k] = {key, at};
}

void top_of_row(Kept* kept, const float* row, int64_t C, int64_t n, bool largest) {
  int64_t count = 0;
  for (int64_t i = 0; i < C; i += L) {
    const int64_t left = C - i < L ? C - i : L;
    const vi keys = keys_of(left == L ? load(row + i) : load_some(row + i, left), largest);
    if (count == n && !any(keys > kept[n - 1].key)) continue;
    int32_t lane[L];
    memcpy(lane, &keys, sizeof lane);
    for (int64_t k = 0; k < left; k++) {
      if (count == n && lane[k] <= kept[n - 1].key) continue;
      insert(kept, count < n ? count++ : n - 1, lane[k], i + k);
    }
  }
}

}  // namespace

Status argsort_rows(int64_t* index, const float* a, int64_t R, int64_t C) {
  Status status = kDone;
  Status* const missing = &status;
  in_parts(R, rows_per_part(4 * C), (double)C * 12 + 50, [=](int64_t first, int64_t last) {
    uint64_t* const p = workspace_of<uint64_t>(kSpare1, C, missing);
    uint64_t* const spare = C > kInsertion ? workspace_of<uint64_t>(kSpare2, C, missing) : p;
    if (!p || !spare) return;
    for (int64_t r = first; r < last; r++) {
      const float* const row = a + r * C;
      for (int64_t i = 0; i < C; i++) p[i] = (uint64_t)ordered(row[i]) << 32 | (uint64_t)i;
      const uint64_t* sorted = p;
      if (C <= kInsertion) insertion_sort(p, C);
      else sorted = C < kMany ? radix_sort<8>(p, spare, C) : radix_sort<11>(p, spare, C);
      for (int64_t i = 0; i < C; i++) index[r * C + i] = (int64_t)(sorted[i] & 0xffffffffu);
    }
  });
  return status;
}

Status topk_rows(float* y, int64_t* index, const float* a, int64_t R, int64_t C, int64_t n, bool largest) {
  in_parts(R, rows_per_part(C), (double)C * 0.3 + (double)n * 20, [=](int64_t first, int64_t last) {
    Kept kept[kFew + 1];
    for (int64_t r = first; r < last; r++) {
      top_of_row(kept, a + r * C, C, n, largest);
      for (int64_t k = 0; k < n; k++) {
        index[r * n + k] = kept[k].at;
        y[r * n + k] = a[r * C + kept[k].at];
      }
    }
  });
  return kDone;
}

}  // namespace MG_ISA
}  // namespace mg
