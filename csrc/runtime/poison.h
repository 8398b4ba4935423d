// In builds under AddressSanitizer, memory of ours that is not to be touched is marked; elsewhere these do nothing.
#pragma once
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define MG_POISON(p, bytes) ASAN_POISON_MEMORY_REGION(p, bytes)
#define MG_UNPOISON(p, bytes) ASAN_UNPOISON_MEMORY_REGION(p, bytes)
#else
#define MG_POISON(p, bytes) ((void)(p), (void)(bytes))
#define MG_UNPOISON(p, bytes) ((void)(p), (void)(bytes))
#endif
