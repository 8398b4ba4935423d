// minigrad._native: the bindings of the C++ kernels. They check, allocate and call; arithmetic is in csrc/kernels.
//
// One file for each family of kernels, compiled as one: most of the time goes into pybind11's headers.
#define MG_IMPORT_ARRAY
#include <math.h>
#include <stdlib.h>

#include <string>

// clang-format off
#include "bindings/recording.inl"
#include "bindings/arrays.inl"
#include "bindings/elementwise.inl"
#include "bindings/compare.inl"
#include "bindings/reduce.inl"
#include "bindings/scan.inl"
#include "bindings/sort.inl"
#include "bindings/shape.inl"
#include "bindings/index.inl"
#include "bindings/matmul.inl"
#include "bindings/conv.inl"
#include "bindings/pool.inl"
#include "bindings/norm.inl"
#include "bindings/group_norm.inl"
#include "bindings/resample.inl"
#include "bindings/softmax.inl"
#include "bindings/recurrent.inl"
#include "bindings/loss.inl"
#include "bindings/dropout.inl"
#include "bindings/optim.inl"
#include "bindings/clip.inl"
#include "bindings/batch.inl"
#include "bindings/augment.inl"
#include "bindings/blend.inl"
#include "bindings/warp.inl"
// clang-format on

#include "runtime/cgroup.h"
#include "runtime/isa.h"
#include "runtime/threads.h"

namespace mg {
namespace {

std::string isa_names() {
  std::string names;
  for (int i = 0; i < isa_count(); i++) names += (i ? ", " : "") + std::string(isa_table(i)->isa);
  return names;
}

void set_isa(const std::string& name) {
  if (!choose_isa(name.c_str()))
    throw py::value_error("[set_isa] no kernels for \"" + name + "\": this build on this machine has " + isa_names());
}

py::tuple available_isas() {
  py::tuple names(isa_count());
  for (int i = 0; i < isa_count(); i++) names[i] = isa_table(i)->isa;
  return names;
}

py::dict memory() {
  const MemoryStats s = memory_stats();
  py::dict d;
  d["in_use_bytes"] = s.in_use;
  d["cached_bytes"] = s.cached;
  d["reused"] = s.reused;
  d["fresh"] = s.fresh;
  d["scratch_bytes"] = scratch_bytes();
  return d;
}

// What is kept for reuse, and all scratch that no call is using, goes back to the operating system.
void release_all() {
  release_scratch();
  release_memory();
}

py::dict build_info() {
  py::dict d;
#if defined(__clang__)
  d["compiler"] = "Clang " __clang_version__;
#else
  d["compiler"] = "GCC " __VERSION__;
#endif
  d["pybind11"] = PYBIND11_TOSTRING(PYBIND11_VERSION_MAJOR) "." PYBIND11_TOSTRING(PYBIND11_VERSION_MINOR);
  d["isas"] = available_isas();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  d["sanitized"] = true;
#else
  d["sanitized"] = false;
#endif
  return d;
}

}  // namespace
}  // namespace mg

PYBIND11_MODULE(_native, m) {
  using namespace mg;
  if (_import_array() < 0) throw py::error_already_set();
  const char* wanted = getenv("MINIGRAD_ISA");
  if (wanted && !*wanted) wanted = nullptr;
  if (!choose_isa(wanted))
    throw py::import_error("MINIGRAD_ISA=" + std::string(wanted) + " names no kernels: this build on this machine has " +
                           isa_names());
  // What is made at its first use is made now, while nobody else is here: a fork in the midst of that would leave the child
  // waiting for a thread that it does not have.
  prepare_scratch();
  prepare_threads();
  memory_handler();
  m.doc() = "minigrad's C++ kernels. Functions return None where they cannot serve: see kernels/native.py.";
  m.def("isa", [] { return kernels->isa; });
  m.def("available_isas", available_isas);
  m.def("set_isa", set_isa, py::arg("name"));
  m.def("num_threads", num_threads);
  m.def("default_num_threads", default_num_threads);
  m.def("set_num_threads", set_num_threads, py::arg("threads"));
  m.def("memory_stats", memory);
  m.def("release_memory", release_all, py::call_guard<py::gil_scoped_release>());
  m.def("fail_allocation", fail_allocation, py::arg("n"), py::arg("all") = false);
  m.def("memory_limit", [](const std::string& root) { return memory_limit(root.c_str()); }, py::arg("root") = "");
  m.def("set_memory_limit", set_memory_limit, py::arg("bytes"));
  m.def("cpu_limit", [](const std::string& root) { return cpu_limit(root.c_str()); }, py::arg("root") = "");
  m.def("build_info", build_info);
  bind_recording(m);
  bind_elementwise(m);
  bind_compare(m);
  bind_reduce(m);
  bind_scan(m);
  bind_sort(m);
  bind_shape(m);
  bind_index(m);
  bind_matmul(m);
  bind_conv(m);
  bind_pool(m);
  bind_norm(m);
  bind_group_norm(m);
  bind_resample(m);
  bind_softmax(m);
  bind_recurrent(m);
  bind_loss(m);
  bind_dropout(m);
  bind_optim(m);
  bind_clip(m);
  bind_batch(m);
  bind_augment(m);
  bind_blend(m);
  bind_warp(m);
}
