// The instruction sets this build has kernels for, and the one in use.
#pragma once
#include "kernels.h"

namespace mg {

int isa_count();                 // tables that this build has and this machine can run, slowest first
const Kernels* isa_table(int i);
bool choose_isa(const char* name);  // true if there is one of that name; a null name is the best one

}  // namespace mg
