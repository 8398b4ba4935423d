// What the door (door.h) can do besides letting calls through: count and time them, and keep them.
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

struct Counted {
  int64_t calls, bytes;
  double seconds, flops;
};
Counted counted[kCount];  // changed while the interpreter's lock is held
bool counting = false;
int64_t launched = 0;  // calls while anybody watched
int recordings = 0;

void watch() { watched = counting || recordings > 0; }

double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// The calls that one thread made while it was recorded: to be made again, in order, with the same arrays. It keeps those
// arrays, and the temporary memory that its calls were given, so that nobody else gets them.
class Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() {
    for (void* block : blocks_) pool_free(block);
  }

  void start(const py::object& self);
  void stop();
  void keep(PyObject* array) { arrays_.push_back(py::reinterpret_borrow<py::object>(array)); }
  void keep(const Call& call) {
    Kept kept{call.kernel, call.run, std::make_unique<char[]>(call.size)};
    memcpy(kept.arguments.get(), call.arguments, call.size);
    calls_.push_back(std::move(kept));
  }
  void replay();
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
  };
  std::vector<Kept> calls_;
  std::vector<py::object> arrays_;
  std::vector<void*> blocks_;
  bool recording_ = false;
  py::object self_;  // itself, while it is recording
};

thread_local Recording* current = nullptr;

void Recording::start(const py::object& self) {
  if (recording_ || current) throw std::runtime_error("[Recording] this thread is recording already: stop that first");
  recording_ = true;
  self_ = self;  // so that it lives until it is stopped
  current = this;
  keep_temporaries(&blocks_);
  recordings++;
  watch();
}

void Recording::stop() {
  if (!recording_) return;
  if (current != this) throw std::runtime_error("[Recording] another thread began this recording: stop it there");
  recording_ = false;
  current = nullptr;
  keep_temporaries(nullptr);
  recordings--;
  watch();
  self_ = py::object();  // the caller has another reference
}

void Recording::replay() {
  if (recording_) throw std::runtime_error("[Recording] it is still being recorded: stop it first");
  Status status = kDone;
  size_t done = 0;
  {
    Unlocked unlocked(1e3);
    for (; done < calls_.size() && !status.missing && !status.bad; done++) {
      status = calls_[done].run(calls_[done].arguments.get());
      end_scratch();
    }
  }
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
  if (current) current->keep(array);
}

Status launch_watched(const Call& call, const Work& work) {
  launched++;
  if (current) current->keep(call);
  Status status;
  double seconds = 0;
  {
    Unlocked unlocked(work.microseconds);
    const double start = now();
    status = call.run(call.arguments);
    seconds = now() - start;
  }
  if (counting) {
    Counted& c = counted[call.kernel];
    c.calls++;
    c.seconds += seconds;
    c.bytes += work.bytes;
    c.flops += work.flops;
  }
  return status;
}

void bind_recording(py::module_& m) {
  m.def("start_counting", start_counting);
  m.def("launches", [] { return launched; });
  m.def("stop_counting", stop_counting);
  py::class_<Recording>(m, "Recording")
      .def(py::init())
      .def("start", [](const py::object& self) { self.cast<Recording&>().start(self); })
      .def("stop", &Recording::stop)
      .def("replay", &Recording::replay)
      .def("names", &Recording::names);
}

}  // namespace mg
