// The memory pool. See memory.h.
//
// Blocks come in size classes, four to every doubling, so that at most a quarter of a block is waste. Each begins with
// a header of 64 bytes that says its class. At most a quarter of the machine's memory, and 1 GiB, is kept for reuse.
#include "runtime/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>

#include "runtime/poison.h"

namespace mg {
namespace {

constexpr size_t kHeader = 64;
constexpr int kClasses = 4 * 48;

struct Header {
  Header* next;  // in the list of free blocks
  size_t bytes;  // that were asked for
  int size_class;
};
static_assert(sizeof(Header) <= kHeader, "the header must fit before the aligned data");

struct Pool {
  std::mutex mutex;
  Header* free_blocks[kClasses] = {};
  MemoryStats stats{};
  int64_t limit = 0;
};

// Class 4 k + q holds (4 + q) 2^k bytes.
size_t class_bytes(int c) { return (size_t)(4 + c % 4) << (c / 4); }

int class_of(size_t bytes) {
  int k = 0;
  while (k < 44 && ((size_t)7 << k) < bytes) k++;
  int c = 4 * k;
  while (class_bytes(c) < bytes) c++;
  return c;
}

// New memory; from 2 MiB on in huge pages where the system has them: fewer pages to map, and to look up at every use.
void* fresh(size_t bytes) {
  const size_t huge = (size_t)2 << 20;
  void* memory = nullptr;
  if (posix_memalign(&memory, bytes < huge ? 64 : huge, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  if (bytes >= huge) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

int64_t cache_limit() {
  const int64_t memory = (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
  const int64_t most = (int64_t)1 << 30;
  return memory > 0 && memory / 4 < most ? memory / 4 : most;
}

Pool& pool() {  // never destroyed: arrays may be freed while Python goes down
  static Pool* const p = [] {
    Pool* made = new Pool;
    made->limit = cache_limit();
    // A fork must not catch the lock held by another thread.
    pthread_atfork([] { pool().mutex.lock(); }, [] { pool().mutex.unlock(); }, [] { pool().mutex.unlock(); });
    return made;
  }();
  return *p;
}

}  // namespace

OutOfMemory::OutOfMemory(const char* op, const char* what, int64_t bytes) {
  snprintf(text_, sizeof text_,
           "[%s] found no memory for %s of %lld bytes: use smaller batches, or drop arrays that are no longer needed", op,
           what, (long long)bytes);
}

void* pool_allocate(size_t bytes) {
  if (bytes > (size_t)1 << 46) return nullptr;
  const int c = class_of(bytes);
  const int64_t size = (int64_t)class_bytes(c);
  Pool& p = pool();
  Header* block;
  {
    std::lock_guard<std::mutex> lock(p.mutex);
    block = p.free_blocks[c];
    if (block) {
      p.free_blocks[c] = block->next;
      p.stats.cached -= size;
      p.stats.reused++;
      p.stats.in_use += size;
    }
  }
  if (!block) {
    block = (Header*)fresh(kHeader + (size_t)size);
    if (!block) {
      release_memory();  // what is kept for reuse may be what is missing
      block = (Header*)fresh(kHeader + (size_t)size);
    }
    if (!block) return nullptr;
    block->size_class = c;
    std::lock_guard<std::mutex> lock(p.mutex);
    p.stats.fresh++;
    p.stats.in_use += size;
  }
  block->bytes = bytes;
  char* const data = (char*)block + kHeader;
  MG_UNPOISON(data, bytes);
  MG_POISON(data + bytes, (size_t)size - bytes);
  return data;
}

void pool_free(void* data) {
  if (!data) return;
  Header* block = (Header*)((char*)data - kHeader);
  const int64_t size = (int64_t)class_bytes(block->size_class);
  MG_POISON(data, (size_t)size);
  Pool& p = pool();
  {
    std::lock_guard<std::mutex> lock(p.mutex);
    p.stats.in_use -= size;
    if (p.stats.cached + size <= p.limit) {
      block->next = p.free_blocks[block->size_class];
      p.free_blocks[block->size_class] = block;
      p.stats.cached += size;
      return;
    }
  }
  free(block);
}

size_t pool_size(const void* data) { return ((const Header*)((const char*)data - kHeader))->bytes; }

MemoryStats memory_stats() {
  std::lock_guard<std::mutex> lock(pool().mutex);
  return pool().stats;
}

void release_memory() {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  for (Header*& list : p.free_blocks)
    while (list) {
      Header* next = list->next;
      free(list);
      list = next;
    }
  p.stats.cached = 0;
}

}  // namespace mg
