// This instruction set's table: the address of every kernel of kernels.h.
#define MG_NAMES_ONLY
#include "kernels.h"

namespace mg {
namespace MG_ISA {

#define K(name, arguments) Status name arguments;
MG_KERNELS(K)
#undef K

#define MG_TEXT2(x) #x
#define MG_TEXT(x) MG_TEXT2(x)
#define K(name, arguments) name,
extern const Kernels table;
const Kernels table = {MG_TEXT(MG_ISA), MG_KERNELS(K)};
#undef K

}  // namespace MG_ISA
}  // namespace mg
