// A small fork-safe pool. Work is cut into parts by shape alone; parts are claimed, never assigned, so nobody waits for
// a thread that the operating system has not scheduled, and results do not depend on the number of threads.
#pragma once
#include <stdint.h>

namespace mg {

// Runs body(context, part) for every part 0 <= part < parts, on this thread and, if the whole work is worth a wake-up
// (microseconds: about how long it takes on one thread), on the pool's. Returns when all parts are done. Parts must write
// to disjoint memory. Called from inside a part it runs on this thread alone. Never throws.
void parallel_for(int64_t parts, double microseconds, void (*body)(void* context, int64_t part), void* context);

// Makes the pool and its fork handlers, which parallel_for would do otherwise: called when the module loads.
void prepare_threads();

void set_num_threads(int threads);  // this thread included; at least 1
int num_threads();
int default_num_threads();          // MINIGRAD_NUM_THREADS, else the CPUs of the affinity mask and the cgroup's quota

}  // namespace mg
