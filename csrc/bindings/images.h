// What the bindings of images share. Images have an NCHW shape and lie channels-last in memory; those that do not are copied
// first. Results lie channels-last.
#pragma once
#include "bindings/arrays.h"

namespace mg {
namespace {

bool image(const Array& x) { return x.is_float() && x.axes() == 4; }

// Whether all the numbers of a geometry are so small that what is made of them fits 64 bits. Others are the reference's.
bool moderate(std::initializer_list<int64_t> numbers) {
  for (int64_t n : numbers)
    if (n < 0 || n > (int64_t)1 << 40) return false;
  return true;
}

}  // namespace
}  // namespace mg
