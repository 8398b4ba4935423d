// How many axes an array may have for the kernels; arrays of more are the reference's.
#pragma once

namespace mg {

constexpr int kMaxAxes = 8;

}  // namespace mg
