// The thread pool. See threads.h.
//
// One atomic word holds a job's generation, its number of parts and the next part to claim, so that a part is claimed by
// one compare-and-swap and a worker that wakes up late can never touch a job that is over.
#include "runtime/threads.h"

#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif
#include <pthread.h>

#include "runtime/cgroup.h"
#include "runtime/scratch.h"

namespace mg {
namespace {

constexpr double kWorthWaking = 50;     // microseconds of work below which nobody is woken
constexpr uint64_t kMaxParts = 0xffff;  // longer jobs are claimed in blocks of parts
constexpr int kMaxThreads = 256;
constexpr auto kSpin = std::chrono::microseconds(15);   // how long a worker or the caller looks before it sleeps

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// generation (32 bits) | parts (16) | next (16)
inline uint64_t parts_of(uint64_t word) { return (word >> 16) & 0xffff; }
inline uint64_t next_of(uint64_t word) { return word & 0xffff; }

struct Job {
  void (*body)(void*, int64_t);
  void* context;
  int64_t parts, block;  // claim i stands for the parts i * block .. min(parts, (i + 1) * block) - 1
};

struct Worker {
  std::mutex mutex;
  std::condition_variable bell;
  bool parked = false, rung = false;
};

thread_local bool inside = false;  // this thread is running a part: nested work stays on it

class Pool {
 public:
  void run(const Job& job, int threads) {
    const uint64_t claims = (uint64_t)((job.parts + job.block - 1) / job.block);
    start(threads - 1);
    job_ = job;
    finished_.store(0, std::memory_order_relaxed);
    const uint64_t generation = (word_.load(std::memory_order_relaxed) >> 32) + 1;
    word_.store(generation << 32 | claims << 16, std::memory_order_seq_cst);
    const int wanted = (int)(claims < (uint64_t)threads ? claims : (uint64_t)threads) - 1;
    for (int i = 0; i < wanted && i < started_; i++) ring(*workers_[i]);
    work();
    wait_for(claims);
  }

  std::mutex busy;  // held by the thread whose job this is; others run theirs alone

 private:
  // Claims and runs parts of the present job until none is unclaimed.
  void work() {
    inside = true;
    uint64_t word = word_.load(std::memory_order_acquire);
    while (next_of(word) < parts_of(word)) {
      if (!word_.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      const Job job = job_;  // it lasts at least until this part is finished
      const int64_t first = (int64_t)next_of(word) * job.block;
      const int64_t last = first + job.block < job.parts ? first + job.block : job.parts;
      for (int64_t part = first; part < last; part++) job.body(job.context, part);
      if (finished_.fetch_add(1, std::memory_order_acq_rel) + 1 == parts_of(word)) {
        std::lock_guard<std::mutex> lock(done_mutex_);  // the caller may be asleep
        done_.notify_one();
      }
      word = word_.load(std::memory_order_acquire);
    }
    inside = false;
  }

  // Every part is claimed; wait for those that others have begun. A short look, then sleep: if the system has taken
  // their thread off its processor, it can have this one.
  void wait_for(uint64_t claims) {
    const auto end = std::chrono::steady_clock::now() + kSpin;
    while (finished_.load(std::memory_order_acquire) != claims) {
      if (std::chrono::steady_clock::now() < end) {
        for (int i = 0; i < 32; i++) pause();
        continue;
      }
      std::unique_lock<std::mutex> lock(done_mutex_);
      done_.wait(lock, [&] { return finished_.load(std::memory_order_acquire) == claims; });
    }
  }

  void start(int wanted) {
    while (started_ < wanted && !failed_) {
      try {
        workers_.push_back(nullptr);
        workers_.back() = new Worker;
        std::thread([this, w = workers_.back()] { serve(*w); }).detach();
        started_++;
      } catch (...) {  // no thread to be had, or no memory for one: the caller does more itself
        failed_ = true;
      }
    }
  }

  void ring(Worker& w) {
    std::lock_guard<std::mutex> lock(w.mutex);
    w.rung = true;
    if (w.parked) w.bell.notify_one();
  }

  void serve(Worker& w) {
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(w.mutex);
        if (!w.rung) {
          w.parked = true;
          w.bell.wait(lock, [&] { return w.rung; });
          w.parked = false;
        }
        w.rung = false;
      }
      work();
      end_scratch();
      const auto end = std::chrono::steady_clock::now() + kSpin;
      for (bool rung = false; !rung && std::chrono::steady_clock::now() < end;) {
        for (int i = 0; i < 32; i++) pause();
        std::lock_guard<std::mutex> lock(w.mutex);
        rung = w.rung;
      }
    }
  }

  std::atomic<uint64_t> word_{0}, finished_{0};
  Job job_{};
  std::mutex done_mutex_;
  std::condition_variable done_;
  std::vector<Worker*> workers_;
  int started_ = 0;
  bool failed_ = false;
};

// Never destroyed: workers may outlive static objects. After a fork the child has no workers, and locks in an unknown
// state, so it gets a new pool.
std::atomic<Pool*> pool{nullptr};
std::atomic<int> threads{0};

void forget_pool() {
  pool.store(new (std::nothrow) Pool);  // null: every thread works alone
  inside = false;
}

Pool* the_pool() {
  static const bool once = [] {
    pool.store(new (std::nothrow) Pool);
    pthread_atfork(nullptr, nullptr, forget_pool);
    return true;
  }();
  (void)once;
  return pool.load();
}

}  // namespace

void parallel_for(int64_t parts, double microseconds, void (*body)(void*, int64_t), void* context) {
  const int n = num_threads();
  if (parts > 1 && n > 1 && !inside && microseconds >= kWorthWaking) {
    Pool* const p = the_pool();
    std::unique_lock<std::mutex> mine;
    if (p) mine = std::unique_lock<std::mutex>(p->busy, std::try_to_lock);
    if (mine.owns_lock()) {
      p->run(Job{body, context, parts, (parts + (int64_t)kMaxParts - 1) / (int64_t)kMaxParts}, n);
      return;
    }
  }
  for (int64_t part = 0; part < parts; part++) body(context, part);
}

void prepare_threads() { the_pool(); }

void set_num_threads(int n) { threads.store(n < 1 ? 1 : n > kMaxThreads ? kMaxThreads : n); }

int num_threads() {
  if (threads.load(std::memory_order_relaxed) == 0) set_num_threads(default_num_threads());
  return threads.load(std::memory_order_relaxed);
}

int default_num_threads() {
  if (const char* text = getenv("MINIGRAD_NUM_THREADS")) {
    char* end;
    const long n = strtol(text, &end, 10);
    while (*end == ' ') end++;
    if (end != text && !*end && n >= 1) return n > kMaxThreads ? kMaxThreads : (int)n;
  }
  int n = (int)std::thread::hardware_concurrency();
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
#endif
  const int quota = cpu_limit();
  if (quota > 0 && quota < n) n = quota;
  return n < 1 ? 1 : n > kMaxThreads ? kMaxThreads : n;
}

}  // namespace mg
