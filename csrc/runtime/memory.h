// A pool of 64-byte aligned blocks for large results. Fresh memory of the operating system comes as pages that must be
// mapped and zeroed at first touch, which costs more than most elementwise kernels; a block given back is used again.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace mg {

void* pool_allocate(size_t bytes);  // null if there is no memory
void pool_free(void* p);            // null is allowed
size_t pool_size(const void* p);    // the bytes that were asked for

struct MemoryStats {
  int64_t in_use, cached, reused, fresh;  // bytes handed out, bytes kept for reuse; allocations served from either
};
MemoryStats memory_stats();
void release_memory();  // gives the cached blocks back to the operating system

// A block of the pool for as long as this object lives.
class Temporary {
 public:
  explicit Temporary(size_t bytes) : p_(pool_allocate(bytes)) {}
  ~Temporary() { pool_free(p_); }
  Temporary(Temporary&& other) noexcept : p_(other.p_) { other.p_ = nullptr; }
  Temporary& operator=(Temporary&&) = delete;
  void* get() const { return p_; }

 private:
  void* p_;
};

}  // namespace mg
