// What the door (door.h) can do besides letting calls through: count and time them, and keep them.
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "bindings/door.h"
#include "runtime/scratch.h"

namespace mg {

Unlocked::~Unlocked() {
  end_scratch();
  if (!state_) return;
  try {
    PyEval_RestoreThread(state_);
  } catch (...) {  // Python is going down and ends this thread by unwinding its stack: stay here until the process ends
    for (;;) pause();
  }
}

bool watched = false;

namespace {

const char* const kNames[] = {
#define K(name, arguments) #name,
    MG_KERNELS(K)
#undef K
};
constexpr int kCount = (int)(sizeof kNames / sizeof *kNames);

// All of this is read and changed while the interpreter's lock is held.
struct Counted {
  int64_t calls, bytes;
  double seconds, flops;
};
Counted counted[kCount];
bool counting = false;
class Recording;
std::vector<Recording*> recordings;  // those that are recording

thread_local int64_t launched = 0;  // this thread's calls while anybody watched

// This thread's number. Nobody else ever gets it, as they do get its id or address when it has ended.
int64_t this_thread() {
  static std::atomic<int64_t> threads{0};
  thread_local const int64_t number = ++threads;
  return number;
}

void count(int kernel, double seconds, int64_t bytes, double flops) {
  Counted& c = counted[kernel];
  c.calls++;
  c.seconds += seconds;
  c.bytes += bytes;
  c.flops += flops;
}

double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The calls that one thread made while it was recorded: to be made again, in order, with the same arrays. It keeps those
// arrays, and the temporary memory that its calls were given, so that nobody else gets them.
//
// It is known by the thread's number, and no thread points to it: so it ends wherever it is stopped, or dropped.
class Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() {
    end();
    forget();
  }

  void start();
  void stop();
  void keep(PyObject* array) { arrays_.push_back(py::reinterpret_borrow<py::object>(array)); }
  void keep(const Call& call, const Work& work) {
    Kept kept{call.kernel, call.run, std::make_unique<char[]>(call.size), work.bytes, work.flops};
    memcpy(kept.arguments.get(), call.arguments, call.size);
    calls_.push_back(std::move(kept));
  }
  void keep_block(void* block) { blocks_.push_back(block); }
  void replay();
  int64_t thread() const { return thread_; }
  py::list names() const {
    py::list names;
    for (const Kept& call : calls_) names.append(kNames[call.kernel]);
    return names;
  }

 private:
  struct Kept {
    int kernel;
    Status (*run)(const void*);
    std::unique_ptr<char[]> arguments;
    int64_t bytes;
    double flops;
  };
  void end();
  void forget();

  std::vector<Kept> calls_;
  std::vector<py::object> arrays_;
  std::vector<void*> blocks_;
  int64_t thread_ = 0;      // the one that is recorded; 0: none
  bool spoilt_ = false;     // another thread stopped it
  bool replaying_ = false;
};

// The recording of this thread, or null.
Recording* current() {
  for (Recording* r : recordings)
    if (r->thread() == this_thread()) return r;
  return nullptr;
}

bool keep_block(void* block) {
  Recording* r = current();
  if (r) r->keep_block(block);
  return r;
}

void watch() {
  watched = counting || !recordings.empty();
  keep_temporary = recordings.empty() ? nullptr : keep_block;
}

void Recording::start() {
  if (thread_) throw std::runtime_error("[Recording] it is recording already: stop it first");
  if (current()) throw std::runtime_error("[Recording] this thread is recording already: stop that first");
  if (replaying_) throw std::runtime_error("[Recording] it is being replayed: let that end first");
  spoilt_ = false;
  recordings.push_back(this);
  thread_ = this_thread();
  watch();
}

void Recording::end() {
  if (!thread_) return;
  thread_ = 0;
  recordings.erase(std::find(recordings.begin(), recordings.end(), this));
  watch();
}

void Recording::forget() {
  calls_.clear();
  const std::vector<py::object> arrays = std::move(arrays_);  // what goes with an array may run Python: all is in order then
  arrays_.clear();
  for (void* block : blocks_) pool_free(block);
  blocks_.clear();
}

// From another thread it spoils the recording: the recorded one may be in the midst of a call, whose temporary memory is then
// not kept.
void Recording::stop() {
  if (!thread_) return;
  spoilt_ = thread_ != this_thread();
  end();
  if (spoilt_) forget();
}

void Recording::replay() {
  if (thread_) throw std::runtime_error("[Recording] it is still being recorded: stop it first");
  if (spoilt_)
    throw std::runtime_error(
        "[Recording] another thread stopped it, perhaps in the midst of a call, so nothing was kept: "
        "record again, and stop it in the thread that began it");
  if (replaying_) throw std::runtime_error("[Recording] another thread is replaying it: let that end first");
  if (current()) throw std::runtime_error("[Recording] a replay cannot be recorded: stop this thread's recording first");
  Status status = kDone;
  size_t done = 0;
  std::vector<double> seconds(counting ? calls_.size() : 0);  // of each call, if anybody counts
  replaying_ = true;
  {
    Unlocked unlocked(1e3);
    for (; done < calls_.size() && !status.missing && !status.bad; done++) {
      const double start = seconds.empty() ? 0 : now();
      status = calls_[done].run(calls_[done].arguments.get());
      if (!seconds.empty()) seconds[done] = now() - start;
      end_scratch();
    }
  }
  replaying_ = false;
  if (counting && !seconds.empty())
    for (size_t i = 0; i < done; i++) count(calls_[i].kernel, seconds[i], calls_[i].bytes, calls_[i].flops);
  if (status.missing) throw OutOfMemory("replay", "scratch", status.missing);
  if (status.bad)
    throw py::index_error("[replay] " + std::string(kNames[calls_[done - 1].kernel]) +
                          " found an index or a class out of range, at " + std::to_string(status.bad - 1));
}

void start_counting() {
  memset(counted, 0, sizeof counted);
  counting = true;
  watch();
}

// -> {kernel: (calls, seconds, bytes, flops)} of those that were called
py::dict stop_counting() {
  counting = false;
  watch();
  py::dict found;
  for (int i = 0; i < kCount; i++)
    if (counted[i].calls)
      found[kNames[i]] = py::make_tuple(counted[i].calls, counted[i].seconds, counted[i].bytes, counted[i].flops);
  return found;
}

}  // namespace

void hold(PyObject* array) {
  if (Recording* r = current()) r->keep(array);
}

Status launch_watched(const Call& call, const Work& work) {
  launched++;
  if (Recording* r = current()) r->keep(call, work);
  Status status;
  double seconds = 0;
  {
    Unlocked unlocked(work.microseconds);
    const double start = now();
    status = call.run(call.arguments);
    seconds = now() - start;
  }
  if (counting) count(call.kernel, seconds, work.bytes, work.flops);
  return status;
}

void bind_recording(py::module_& m) {
  m.def("start_counting", start_counting);
  m.def("launches", [] { return launched; });
  m.def("stop_counting", stop_counting);
  py::class_<Recording>(m, "Recording")
      .def(py::init())
      .def("start", &Recording::start)
      .def("stop", &Recording::stop)
      .def("replay", &Recording::replay)
      .def("names", &Recording::names);
}

}  // namespace mg
