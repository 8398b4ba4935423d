// Scratch memory of kernels: each thread has its own, in slots, and finds it again at the next call.
#pragma once
#include <stdint.h>

namespace mg {

enum Slot { kPackA, kPackB, kPatches, kPartial, kConvInput, kConvOutput, kSpare1, kSpare2, kSlots };

// 64-byte aligned, of undefined contents, this thread's until it asks for the same slot again or its call ends. Null if
// there is no memory. It comes from the memory pool.
float* scratch(Slot slot, int64_t floats);

// Nothing of this thread's scratch is in use any more. What is large goes back to the pool, which knows how much to keep.
void end_scratch();

void prepare_scratch();    // makes its register and fork handlers, and the memory pool's: called when the module loads
void release_scratch();    // gives all of every thread's scratch back to the pool; waits for calls that are using theirs
int64_t scratch_bytes();   // of all threads

}  // namespace mg
