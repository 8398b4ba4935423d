// What an element costs, in nanoseconds on one thread. It decides whether other threads are woken (kernels/parts.h), and whether
// the interpreter's lock is given up meanwhile (bindings/door.h). Kernels that cost something else say so where they begin.
#pragma once

namespace mg {

constexpr double kEasy = 0.15;  // moved, added, compared
constexpr double kHard = 0.6;  // with an exponential, a logarithm, a root or a random number
constexpr double kRow = 0.8;  // of a softmax: an exponential, and the row's largest and sum

}  // namespace mg
