// Chooses a table of kernels by what the processor can run. See isa.h.
#include "runtime/isa.h"

#include <string.h>

namespace mg {

#ifdef MG_HAVE_BASELINE
namespace baseline {
extern const Kernels table;
}
#endif
#ifdef MG_HAVE_AVX2
namespace avx2 {
extern const Kernels table;
}
#endif
#ifdef MG_HAVE_AVX512
namespace avx512 {
extern const Kernels table;
}
#endif
#ifdef MG_HAVE_NEON
namespace neon {
extern const Kernels table;
}
#endif

const Kernels* kernels = nullptr;

namespace {

struct Tables {
  const Kernels* list[4];
  int count = 0;
  Tables() {
#ifdef MG_HAVE_BASELINE
    list[count++] = &baseline::table;
#endif
#ifdef MG_HAVE_NEON
    list[count++] = &neon::table;
#endif
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
#ifdef MG_HAVE_AVX2
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
      list[count++] = &avx2::table;
#endif
#ifdef MG_HAVE_AVX512
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
      list[count++] = &avx512::table;
#endif
#endif
  }
};

const Tables& tables() {
  static const Tables t;
  return t;
}

}  // namespace

int isa_count() { return tables().count; }
const Kernels* isa_table(int i) { return tables().list[i]; }

bool choose_isa(const char* name) {
  for (int i = isa_count() - 1; i >= 0; i--)
    if (!name || strcmp(name, isa_table(i)->isa) == 0) {
      kernels = isa_table(i);
      return true;
    }
  return false;
}

}  // namespace mg
