// The memory pool as a numpy data allocator (NEP 49). Arrays made with it are ordinary arrays that own their data; each
// remembers its allocator, so freeing and resizing find their way back here.
#include <string.h>

#include "bindings/numpy.h"
#include "runtime/memory.h"

namespace mg {
namespace {

void* handler_malloc(void*, size_t bytes) { return pool_allocate(bytes); }

void* handler_calloc(void*, size_t count, size_t item) {
  if (item && count > SIZE_MAX / item) return nullptr;
  void* p = pool_allocate(count * item);
  if (p) memset(p, 0, count * item);
  return p;
}

void handler_free(void*, void* p, size_t) { pool_free(p); }

void* handler_realloc(void*, void* old, size_t bytes) {
  if (!old) return pool_allocate(bytes);
  const size_t had = pool_size(old);
  void* p = pool_allocate(bytes);
  if (!p) return nullptr;
  memcpy(p, old, bytes < had ? bytes : had);
  pool_free(old);
  return p;
}

PyDataMem_Handler handler = {"minigrad_pool", 1, {nullptr, handler_malloc, handler_calloc, handler_realloc, handler_free}};

}  // namespace

PyObject* memory_handler() {
  static PyObject* const capsule = PyCapsule_New(&handler, "mem_handler", nullptr);
  return capsule;
}

}  // namespace mg
