// The memory pool. See memory.h.
//
// Blocks come in size classes, four to every doubling, so that at most a quarter of a block is waste. Each begins with
// a header of 64 bytes that says its class. At most a quarter of the memory that this process may have, and 1 GiB, is
// kept for reuse, and nothing while more than half of that memory would be taken: others need some, too.
#include "runtime/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/sysinfo.h>
#endif
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "runtime/cgroup.h"
#include "runtime/poison.h"

namespace mg {
namespace {

constexpr size_t kHeader = 64;
constexpr int kClasses = 4 * 48;
constexpr int64_t kMostKept = (int64_t)1 << 30;       // for reuse
constexpr int64_t kUnknownMemory = (int64_t)4 << 30;  // a guess, where nobody says how much there is

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
  int64_t memory = 0;  // that the process may have
  int64_t most = 0;    // memory and swap: to take more is to be killed
  int64_t limit = 0;   // of what is kept for reuse

  void take(int64_t bytes, int64_t swap) {
    memory = bytes > 0 ? bytes : kUnknownMemory;
    most = bytes > 0 ? bytes + swap : INT64_MAX;
    limit = memory / 4 < kMostKept ? memory / 4 : kMostKept;
  }
  // How much may be kept beside blocks of these bytes in use.
  int64_t kept(int64_t in_use) const {
    const int64_t room = memory / 2 - in_use;
    return room < 0 ? 0 : room < limit ? room : limit;
  }
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

int64_t swap_space() {
#ifdef __linux__
  struct sysinfo s;
  if (sysinfo(&s) == 0) return (int64_t)s.totalswap * (int64_t)s.mem_unit;
#endif
  return 0;
}

Pool& pool() {  // never destroyed: arrays may be freed while Python goes down
  static Pool* const p = [] {
    alignas(Pool) static char place[sizeof(Pool)];
    Pool* made = new (place) Pool;
    made->take(memory_limit(), swap_space());
    // A fork must not catch the lock held by another thread.
    pthread_atfork([] { pool().mutex.lock(); }, [] { pool().mutex.unlock(); }, [] { pool().mutex.unlock(); });
    return made;
  }();
  return *p;
}

// Frees blocks, the largest first, until at most `keep` bytes are left. The lock is held.
void trim(Pool& p, int64_t keep) {
  for (int c = kClasses - 1; c >= 0 && p.stats.cached > keep; c--)
    while (p.free_blocks[c] && p.stats.cached > keep) {
      Header* block = p.free_blocks[c];
      p.free_blocks[c] = block->next;
      p.stats.cached -= (int64_t)class_bytes(c);
      free(block);
    }
}

std::atomic<int64_t> counted{0}, failing{0};  // allocations since fail_allocation(); the one that fails
std::atomic<bool> failing_on{false};          // and those after it

}  // namespace

void set_memory_limit(int64_t bytes) {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  bytes > 0 ? p.take(bytes, 0) : p.take(memory_limit(), swap_space());
  trim(p, p.kept(p.stats.in_use));
}

int64_t fail_allocation(int64_t n, bool all) {
  failing.store(n);
  failing_on.store(all);
  return counted.exchange(0);
}

bool allocation_fails() {
  const int64_t fails = failing.load(std::memory_order_relaxed);
  if (!fails) return false;
  const int64_t n = counted.fetch_add(1, std::memory_order_relaxed) + 1;
  return n == fails || (n > fails && failing_on.load(std::memory_order_relaxed));
}

OutOfMemory::OutOfMemory(const char* op, const char* what, int64_t bytes) {
  snprintf(text_, sizeof text_,
           "[%s] found no memory for %s of %lld bytes: use smaller batches, or drop arrays that are no longer needed", op, what,
           (long long)bytes);
}

void* pool_allocate(size_t bytes) {
  if (bytes > (size_t)1 << 46 || allocation_fails()) return nullptr;
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
    } else {
      if (p.stats.in_use / 5 * 4 + (int64_t)bytes > p.most) return nullptr;  // a fifth of a block, at most, is not used
      trim(p, p.kept(p.stats.in_use + size));
    }
    p.stats.in_use += size;
  }
  if (!block) {
    block = (Header*)fresh(kHeader + (size_t)size);
    if (!block) {
      release_memory();  // what is kept for reuse may be what is missing
      block = (Header*)fresh(kHeader + (size_t)size);
    }
    std::lock_guard<std::mutex> lock(p.mutex);
    if (!block) {
      p.stats.in_use -= size;
      return nullptr;
    }
    block->size_class = c;
    p.stats.fresh++;
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
    if (p.stats.cached + size <= p.kept(p.stats.in_use)) {
      block->next = p.free_blocks[block->size_class];
      p.free_blocks[block->size_class] = block;
      p.stats.cached += size;
      return;
    }
  }
  free(block);
}

size_t pool_size(const void* data) { return ((const Header*)((const char*)data - kHeader))->bytes; }
size_t pool_room(const void* data) { return class_bytes(((const Header*)((const char*)data - kHeader))->size_class); }

MemoryStats memory_stats() {
  std::lock_guard<std::mutex> lock(pool().mutex);
  return pool().stats;
}

void release_memory() {
  Pool& p = pool();
  std::lock_guard<std::mutex> lock(p.mutex);
  trim(p, 0);
}

bool (*keep_temporary)(void* p) = nullptr;

}  // namespace mg
