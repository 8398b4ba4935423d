// Elementwise kernels: see elementwise.h for the list.
#include "elementwise.h"

#include "kernels/maps.h"

namespace mg {
namespace MG_ISA {

// clang-format off
#define UNARY(name, cost, text) \
  Status name(float* y, const float* a, int64_t n) { return map(cost, [](vf x) { return text; }, y, n, a); }
MG_UNARY(UNARY)
// clang-format on

#define BETWEEN(name, cost, text) \
  Status name(float* y, const float* a, float from, float to, int64_t n) { \
    const vf low = splat(from), high = splat(to); \
    return map(cost, [=](vf x) { return text; }, y, n, a); \
  }
MG_BETWEEN(BETWEEN)

#define WITH_NUMBER(name, cost, text) \
  Status name(float* y, const float* a, float number, int64_t size) { \
    const vf n = splat(number); \
    return map(cost, [=](vf x) { return text; }, y, size, a); \
  }
MG_WITH_NUMBER(WITH_NUMBER)

// clang-format off
#define BINARY(name, cost, text) \
  Status name(float* y, Operands s) { return map_two(cost, [](vf a, vf b) { return text; }, y, s); }
MG_BINARY(BINARY)
// clang-format on

#define INTEGER(name, text) \
  Status name##_int64(int64_t* y, Integers s) { \
    return map_integers<uint64_t>([](uint64_t a, uint64_t b) { return text; }, y, s); \
  }
MG_INTEGER(INTEGER)

#define BACKWARD(name, cost, text) \
  Status name(float* ga, const float* incoming, const float* result, int64_t n) { \
    return map(cost, [](vf g, vf y) { return text; }, ga, n, incoming, result); \
  }
MG_BACKWARD(BACKWARD)

#define BACKWARD_WITH_NUMBER(name, cost, text) \
  Status name(float* ga, const float* incoming, const float* result, float number, int64_t size) { \
    const vf n = splat(number); \
    return map(cost, [=](vf g, vf y) { return text; }, ga, size, incoming, result); \
  }
MG_BACKWARD_WITH_NUMBER(BACKWARD_WITH_NUMBER)

}  // namespace MG_ISA
}  // namespace mg
