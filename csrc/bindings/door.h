// The one door to the kernels. A binding checks its arguments and prepares a call: a kernel and plain arguments. `launch` makes
// it: without the interpreter's lock where it takes long, and with an error for scratch that was not to be had.
//
// Since every call comes through here, calls can be counted and timed, and kept, to be made again without Python
// (bindings/recording.inl).
#pragma once
#include <pybind11/pybind11.h>
#include <stddef.h>

#include "kernels.h"
#include "runtime/memory.h"

namespace mg {

namespace py = pybind11;

// What a call costs: about how many microseconds on one thread; bytes that go in and out; multiplications and additions,
// where they are what takes the time. `op` is the bound function, for messages.
struct Work {
  double microseconds;
  int64_t bytes;
  double flops;
  const char* op;
};

// n elements of each of so many arrays of floats, at so many nanoseconds.
inline Work elements(int64_t n, double nanoseconds, int arrays, const char* op = __builtin_FUNCTION()) {
  return {(double)n * nanoseconds * 1e-3, n * arrays * 4, 0, op};
}

// So many multiplications and additions, with arrays of so many floats together.
inline Work products(double multiply_adds, int64_t floats, const char* op = __builtin_FUNCTION()) {
  return {multiply_adds * 2.5e-5, floats * 4, 2 * multiply_adds, op};
}

// The interpreter's lock is given up while this lives, for work worth it, and the scratch is free at its end.
class Unlocked {
 public:
  explicit Unlocked(double microseconds) : state_(microseconds > 20 ? PyEval_SaveThread() : nullptr) {}
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

struct Call {
  int kernel;  // its place in the table
  Status (*run)(const void* arguments);
  const void* arguments;  // that `run` takes; they may be copied
  size_t size;  // of the arguments, in bytes
};

extern bool watched;  // some thread is recording, or calls are counted
Status launch_watched(const Call& call, const Work& work);
void hold(PyObject* array);  // if this thread is recording, the array is kept with the record

// The call as one that can be copied: what nobody watches takes another way, and does not pay for this.
template <auto Kernel, class... Arguments>
__attribute__((noinline)) Status launch_kept(const Work& work, Arguments... arguments) {
  const auto run = [kernel = kernels->*Kernel, arguments...] { return kernel(arguments...); };
  using Run = decltype(run);
  const auto* first = reinterpret_cast<const char*>(kernels);
  const int place = (int)((reinterpret_cast<const char*>(&(kernels->*Kernel)) - first) / (int64_t)sizeof(void*)) - 1;
  return launch_watched({place, [](const void* a) { return (*static_cast<Run*>(a))(); }, &run, sizeof run}, work);
}

// launch<&Kernels::exp>(work, y, a, n) -> 0, or 1 + the first place where an index or a class was out of range
template <auto Kernel, class... Arguments>
inline __attribute__((always_inline)) int64_t launch(const Work& work, Arguments... arguments) {
  Status status;
  if (__builtin_expect(watched, 0)) {
    status = launch_kept<Kernel>(work, arguments...);
  } else {
    Unlocked unlocked(work.microseconds);
    status = (kernels->*Kernel)(arguments...);
  }
  if (__builtin_expect(status.missing != 0, 0)) throw OutOfMemory(work.op, "scratch", status.missing);
  return status.bad;
}

}  // namespace mg
