// See scratch.h.
#include "runtime/scratch.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <thread>

#include "runtime/memory.h"
#include "runtime/poison.h"

namespace mg {
namespace {

// What a thread keeps from call to call, in each slot: more than training steps of ordinary networks need, and little
// beside the memory that a call which needs more has to go through anyway.
constexpr int64_t kKeptFloats = 2 << 20;

std::atomic<int64_t> all_bytes{0};

struct Scratch;
struct Register {  // of the threads that have scratch; never destroyed
  std::mutex mutex;
  Scratch* first = nullptr;
};
Register& threads_with_scratch();

struct Scratch {
  std::mutex held;  // from the first scratch() of a call to its end
  float* memory[kSlots] = {};
  int64_t floats[kSlots] = {};
  bool large = false;  // some slot is to go back when the call ends
  std::atomic<bool> wanted{false};  // all of them are, says another thread
  Scratch *next = nullptr, **link = nullptr;

  Scratch() {
    Register& all = threads_with_scratch();
    std::lock_guard<std::mutex> lock(all.mutex);
    next = all.first;
    link = &all.first;
    if (next) next->link = &next;
    all.first = this;
  }
  ~Scratch();

  void give_back(int slot) {
    pool_free(memory[slot]);
    all_bytes.fetch_sub(floats[slot] * (int64_t)sizeof(float), std::memory_order_relaxed);
    memory[slot] = nullptr;
    floats[slot] = 0;
  }
  void give_back_above(int64_t most) {
    for (int i = 0; i < kSlots; i++)
      if (floats[i] > most) give_back(i);
    large = false;
  }
};

thread_local Scratch* mine = nullptr;
thread_local bool at_work = false;  // mine->held is

Scratch& make_mine() {
  static thread_local Scratch made;
  mine = &made;
  return made;
}

Register& threads_with_scratch() {
  static Register* const r = [] {
    memory_stats();  // the pool's own handlers come first, so that a fork takes its lock after this one, as we do
    // Only the forking thread lives on in the child, and it is in no kernel. What others were using is lost there.
    pthread_atfork([] { threads_with_scratch().mutex.lock(); }, [] { threads_with_scratch().mutex.unlock(); },
                   [] {
                     Register& all = threads_with_scratch();
                     for (Scratch* s = all.first; s; s = s->next)
                       if (s != mine && s->held.try_lock()) s->give_back_above(0);
                     all.first = mine;
                     if (mine) mine->next = nullptr, mine->link = &all.first;
                     all.mutex.unlock();
                   });
    alignas(Register) static char place[sizeof(Register)];
    return new (place) Register;
  }();
  return *r;
}

Scratch::~Scratch() {
  Register& all = threads_with_scratch();
  std::lock_guard<std::mutex> lock(all.mutex);
  *link = next;
  if (next) next->link = link;
  give_back_above(0);
  mine = nullptr;
}

}  // namespace

float* scratch(Slot slot, int64_t floats) {
  Scratch& s = mine ? *mine : make_mine();
  if (!at_work) {
    s.held.lock();
    at_work = true;
  }
  if (s.floats[slot] < floats) {
    s.give_back(slot);
    if (floats > (int64_t)1 << 44) return nullptr;
    float* const p = (float*)pool_allocate((size_t)floats * sizeof(float));
    if (!p) return nullptr;
    s.memory[slot] = p;
    s.floats[slot] = (int64_t)(pool_room(p) / sizeof(float));
    s.large |= s.floats[slot] > kKeptFloats;
    all_bytes.fetch_add(s.floats[slot] * (int64_t)sizeof(float), std::memory_order_relaxed);
  }
  MG_UNPOISON(s.memory[slot], (size_t)floats * sizeof(float));
  MG_POISON(s.memory[slot] + floats, (size_t)(s.floats[slot] - floats) * sizeof(float));
  return s.memory[slot];
}

void end_scratch() {
  if (!at_work) return;
  const bool wanted = mine->wanted.load(std::memory_order_relaxed);
  if (wanted || mine->large) mine->give_back_above(wanted ? 0 : kKeptFloats);
  if (wanted) mine->wanted.store(false, std::memory_order_release);
  at_work = false;
  mine->held.unlock();
}

void prepare_scratch() { threads_with_scratch(); }

void release_scratch() {
  Register& all = threads_with_scratch();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (Scratch* s = all.first; s; s = s->next) {
    // Either its thread is idle, or it gives everything back itself when its call ends: a thread that makes one call after
    // another could hold a waiting lock off for ever.
    s->wanted.store(true, std::memory_order_relaxed);
    while (s->wanted.load(std::memory_order_acquire)) {
      if (!s->held.try_lock()) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        continue;
      }
      s->give_back_above(0);
      s->wanted.store(false, std::memory_order_relaxed);
      s->held.unlock();
    }
  }
}

int64_t scratch_bytes() { return all_bytes.load(std::memory_order_relaxed); }

}  // namespace mg
