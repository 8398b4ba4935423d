// Sums at places that an index names, the adjoints of indexing: repeats are added up in their order, so that the bits depend
// on nothing else; copies that have other values at such places, of repeats the last; and picking along an axis. A negative
// place counts from the end; each is read once, and held against the bounds where it is used, since another thread may write
// over it. What lies outside is left out, and the status says so.
#include "arguments.h"
#include "kernels/parts.h"
#include "simd.h"

namespace mg {
namespace MG_ISA {

namespace {

// Where `index` says, 0 .. size - 1; -1 if that is nowhere.
MG_INLINE int64_t place_of(const int64_t* index, int64_t size) {
  const int64_t i = read_once(index), at = i < 0 ? i + size : i;
  return (uint64_t)at < (uint64_t)size ? at : -1;
}

template <class T> MG_INLINE void add_row(T* __restrict y, const T* __restrict g, int64_t S) {
  for (int64_t c = 0; c < S; c++) y[c] += g[c];
}

template <class T> MG_INLINE void copy_row(T* __restrict y, const T* __restrict g, int64_t S) {
  for (int64_t c = 0; c < S; c++) y[c] = g[c];
}

// Rows are shared out by where they go: every part reads the whole index and adds what belongs to its rows of y. Short
// rows are not worth reading it more than once. With a base, the rows are added to a copy of it, or (Over) written over it.
template <bool Over, class T>
MG_INLINE Status put(T* y, const T* base, const T* g, const NamedRows& at, int64_t n, int64_t rows, int64_t S) {
  int64_t outside = 0;
  int64_t* const bad = &outside;
  const double adding = (double)n * (2 + 0.15 * (double)S) + 0.05 * (double)rows * (double)S;  // nanoseconds
  const double worth = adding / 2e4, bearable = n ? adding / (3 * (double)n) : worth;
  const double wanted = worth < bearable ? worth : bearable;
  const int64_t most = rows < 8 ? rows : 8, parts = wanted < 1 || most < 1 ? 1 : wanted < (double)most ? (int64_t)wanted : most;
  const int64_t grain = (rows + parts - 1) / parts;
  in_parts(rows, grain, adding / (double)(rows > 0 ? rows : 1), [=, &at](int64_t first, int64_t end) {
    bool missed = false;
    if (base) memcpy(y + first * S, base + first * S, (size_t)((end - first) * S) * sizeof(T));
    else memset(y + first * S, 0, (size_t)((end - first) * S) * sizeof(T));
    for (int64_t i = 0; i < n; i++) {
      int64_t row = place_of(at.index[0] + i, at.sizes[0]);
      for (int k = 1; k < at.axes && row >= 0; k++) {
        const int64_t place = place_of(at.index[k] + i, at.sizes[k]);
        row = place < 0 ? -1 : row * at.sizes[k] + place;
      }
      missed |= row < 0;
      if (row < first || row >= end) continue;
      if (Over) copy_row(y + row * S, g + i * S, S);
      else if (S == 1) y[row] += g[i];
      else add_row(y + row * S, g + i * S, S);
    }
    if (missed) __atomic_store_n(bad, 1, __ATOMIC_RELAXED);
  });
  return {0, outside};
}

// y (A, C, B), g and index (A, K, B). Last: B is 1, which the compiler then knows. With a base, g is added to a copy of it, or
// (Over) written into it.
template <bool Over, bool Last, class T>
MG_INLINE Status along_axis(T* y, const T* base, const T* g, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B) {
  int64_t outside = 0;
  int64_t* const bad = &outside;
  in_parts(A, rows_per_part((C + K) * B), (double)(K * B) * 2 + (double)(C * B) * 0.1, [=](int64_t first, int64_t end) {
    const int64_t width = Last ? 1 : B;
    bool missed = false;
    const size_t bytes = (size_t)((end - first) * C * width) * sizeof(T);
    if (base) memcpy(y + first * C * width, base + first * C * width, bytes);
    else memset(y + first * C * width, 0, bytes);
    for (int64_t a = first; a < end; a++) {
      T* const to = y + a * C * width;
      for (int64_t k = 0; k < K; k++) {
        const int64_t from = (a * K + k) * width;
        for (int64_t b = 0; b < width; b++) {
          const int64_t at = place_of(index + from + b, C);
          if (at < 0) missed = true;
          else if (Over) to[at * width + b] = g[from + b];
          else to[at * width + b] += g[from + b];
        }
      }
    }
    if (missed) __atomic_store_n(bad, 1, __ATOMIC_RELAXED);
  });
  return {0, outside};
}

template <bool Over, class T>
MG_INLINE Status along(T* y, const T* base, const T* g, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B) {
  return B == 1 ? along_axis<Over, true>(y, base, g, index, A, C, K, B)
                : along_axis<Over, false>(y, base, g, index, A, C, K, B);
}

// y (A, C, S), g (A, K, S), index (K): the same slices in every one of A. With a base, g is added to a copy of it.
template <class T>
MG_INLINE Status slices(T* y, const T* base, const T* g, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t S) {
  int64_t outside = 0;
  int64_t* const bad = &outside;
  in_parts(A, rows_per_part((C + K) * S), (double)K * (2 + 0.15 * (double)S) + (double)(C * S) * 0.05,
           [=](int64_t first, int64_t end) {
             bool missed = false;
             const size_t bytes = (size_t)((end - first) * C * S) * sizeof(T);
             if (base) memcpy(y + first * C * S, base + first * C * S, bytes);
             else memset(y + first * C * S, 0, bytes);
             for (int64_t a = first; a < end; a++)
               for (int64_t k = 0; k < K; k++) {
                 const int64_t at = place_of(index + k, C);
                 const T* const from = g + (a * K + k) * S;
                 if (at < 0) missed = true;
                 else if (S == 1) y[a * C + at] += *from;
                 else add_row(y + (a * C + at) * S, from, S);
               }
             if (missed) __atomic_store_n(bad, 1, __ATOMIC_RELAXED);
           });
  return {0, outside};
}

// y (A, K, B), a (A, C, B), index (A, K, B), C > 0: the rows (a, k) are shared out; where B is 1, all of a row (a) that a part
// has are picked at once.
template <class T>
MG_INLINE Status take(T* y, const T* a, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B) {
  int64_t outside = 0;
  int64_t* const bad = &outside;
  in_parts(A * K, rows_per_part(B), (double)B * 0.8, [=](int64_t first, int64_t end) {
    int64_t signs = 0;  // negative if a place is nowhere
    if (B == 1 && K == 1) {
      for (int64_t row = first; row < end; row++) {
        const int64_t at = place_of(index + row, C);
        signs |= at;
        y[row] = a[row * C + (at < 0 ? 0 : at)];
      }
      if (signs < 0) __atomic_store_n(bad, 1, __ATOMIC_RELAXED);
      return;
    }
    const T* from = a + first / K * C * B;
    for (int64_t row = first, k = first % K; row < end;) {
      const int64_t left = K - k, rows = B > 1 ? 1 : left < end - row ? left : end - row;
      T* __restrict const to = y + row * B;
      const int64_t* const places = index + row * B;
      if (B == 1)
        for (int64_t i = 0; i < rows; i++) {
          const int64_t at = place_of(places + i, C);
          signs |= at;
          to[i] = from[at < 0 ? 0 : at];
        }
      else
        for (int64_t i = 0; i < B; i++) {
          const int64_t at = place_of(places + i, C);
          signs |= at;
          to[i] = from[(at < 0 ? 0 : at) * B + i];
        }
      row += rows;
      if ((k += rows) == K) k = 0, from += C * B;
    }
    if (signs < 0) __atomic_store_n(bad, 1, __ATOMIC_RELAXED);
  });
  return {0, outside};
}

}  // namespace

Status put_floats(float* y, const float* g, NamedRows at, int64_t n, int64_t rows, int64_t S) {
  return put<false, float>(y, nullptr, g, at, n, rows, S);
}

Status put_doubles(double* y, const double* g, NamedRows at, int64_t n, int64_t rows, int64_t S) {
  return put<false, double>(y, nullptr, g, at, n, rows, S);
}

Status overwrite_floats(float* y, const float* a, const float* values, NamedRows at, int64_t n, int64_t rows, int64_t S) {
  return put<true>(y, a, values, at, n, rows, S);
}

Status overwrite_doubles(double* y, const double* a, const double* values, NamedRows at, int64_t n, int64_t rows, int64_t S) {
  return put<true>(y, a, values, at, n, rows, S);
}

Status add_floats_at(float* y, const float* a, const float* g, NamedRows at, int64_t n, int64_t rows, int64_t S) {
  return put<false>(y, a, g, at, n, rows, S);
}

Status add_doubles_at(double* y, const double* a, const double* g, NamedRows at, int64_t n, int64_t rows, int64_t S) {
  return put<false>(y, a, g, at, n, rows, S);
}

Status overwrite_floats_along(float* y, const float* a, const float* values, const int64_t* index, int64_t A, int64_t C,
                              int64_t K, int64_t B) {
  return along<true>(y, a, values, index, A, C, K, B);
}

Status overwrite_doubles_along(double* y, const double* a, const double* values, const int64_t* index, int64_t A, int64_t C,
                               int64_t K, int64_t B) {
  return along<true>(y, a, values, index, A, C, K, B);
}

Status add_floats_along(float* y, const float* a, const float* g, const int64_t* index, int64_t A, int64_t C, int64_t K,
                        int64_t B) {
  return along<false>(y, a, g, index, A, C, K, B);
}

Status add_doubles_along(double* y, const double* a, const double* g, const int64_t* index, int64_t A, int64_t C, int64_t K,
                         int64_t B) {
  return along<false>(y, a, g, index, A, C, K, B);
}

Status add_floats_slices(float* y, const float* a, const float* g, const int64_t* index, int64_t A, int64_t C, int64_t K,
                         int64_t S) {
  return slices(y, a, g, index, A, C, K, S);
}

Status add_doubles_slices(double* y, const double* a, const double* g, const int64_t* index, int64_t A, int64_t C, int64_t K,
                          int64_t S) {
  return slices(y, a, g, index, A, C, K, S);
}

Status take_floats_along(float* y, const float* a, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B) {
  return take(y, a, index, A, C, K, B);
}

Status take_doubles_along(double* y, const double* a, const int64_t* index, int64_t A, int64_t C, int64_t K, int64_t B) {
  return take(y, a, index, A, C, K, B);
}

}  // namespace MG_ISA
}  // namespace mg
