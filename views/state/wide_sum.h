// WideSum: a sum of exact numbers in 192 bits: 2^64 terms of 128 bits fit, so it never overflows,
// and taking back is exact. Raw words, so that it can lie in a row version; all zeros is the empty
// sum. Thread: value.
#pragma once

#include <cstdint>

#include "values/int128.h"

namespace facet {

struct WideSum {
  uint128 low;
  int64_t high;
  int64_t scale;  // digits after the point: all terms are brought to the largest there was

  /// Adds `unscaled` × 10^-termScale, `weight` times.
  void add(int128 unscaled, uint8_t termScale, int64_t weight);
  /// Adds (sign 1) or takes away (sign -1) another sum.
  void merge(const WideSum& other, int64_t sign);
  /// The sum in units of 10^-wanted; digits behind that are zeros. False if it does not fit in a
  /// numeric.
  bool narrow(int64_t wanted, int128& out) const;

 private:
  void rescale(int64_t wanted);
  void divideByTen();
  void negate();
  void addWide(uint128 moreLow, int64_t moreHigh);
};

}  // namespace facet
