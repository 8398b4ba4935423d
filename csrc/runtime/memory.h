// A pool of 64-byte aligned blocks for large results. Fresh memory of the operating system comes as pages that must be
// mapped and zeroed at first touch, which costs more than most elementwise kernels; a block given back is used again.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <new>

namespace mg {

// What the bindings throw, a MemoryError in Python: `op` is the function, `what` the bytes are for.
class OutOfMemory : public std::bad_alloc {
 public:
  OutOfMemory(const char* op, const char* what, int64_t bytes);
  const char* what() const noexcept override { return text_; }

 private:
  char text_[200];
};

void* pool_allocate(size_t bytes);  // null if there is no memory
void pool_free(void* p);            // null is allowed
size_t pool_size(const void* p);    // the bytes that were asked for
size_t pool_room(const void* p);    // the bytes that there are

struct MemoryStats {
  int64_t in_use, cached, reused, fresh;  // bytes handed out, bytes kept for reuse; allocations served from either
};
MemoryStats memory_stats();
void release_memory();  // gives the cached blocks back to the operating system

// As if the process might have so many bytes; 0: what the machine says. For tests, and for who knows better.
void set_memory_limit(int64_t bytes);

// For tests: the n-th allocation from now on (1: the next) fails, and if `all`, every one after it; n = 0: none, and they
// are not counted. An allocation is a block of the pool, scratch included, or a small result. Returns how many were
// counted since the last call.
int64_t fail_allocation(int64_t n, bool all);
bool allocation_fails();  // counts one

// If it is not null it is asked about each temporary that is given back: true, and it keeps it. It is set, and temporaries
// are given back, while the interpreter's lock is held.
extern bool (*keep_temporary)(void* p);

// A block of the pool for as long as this object lives. Throws OutOfMemory if there is none.
class Temporary {
 public:
  Temporary(const char* op, size_t bytes) : p_(pool_allocate(bytes)) {
    if (!p_) throw OutOfMemory(op, "a temporary array", (int64_t)bytes);
  }
  ~Temporary() {
    if (!p_ || !keep_temporary || !keep_temporary(p_)) pool_free(p_);
  }
  Temporary(Temporary&& other) noexcept : p_(other.p_) { other.p_ = nullptr; }
  Temporary& operator=(Temporary&&) = delete;
  void* get() const { return p_; }

 private:
  void* p_;
};

}  // namespace mg
