// What this process may have of the machine. Its control groups (both versions, and every group around them) may allow
// less than there is. `root` stands before every path: "" but in tests.
#pragma once
#include <stdint.h>

namespace mg {

int64_t memory_limit(const char* root = "");  // bytes of physical memory; 0 if nobody says
int cpu_limit(const char* root = "");         // processors that the quota is worth, rounded up; 0 without a quota

}  // namespace mg
