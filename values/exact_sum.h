// ExactSum: a sum of doubles that does not depend on the order of its terms, and from which terms
// can be taken away again: the correctly rounded true sum. A fixed-point accumulator over the whole
// range of a double (Kulisch's superaccumulator; see R. Neal, "Fast exact summation using small and
// large superaccumulators", 2015), with counts of NaN and ±infinity beside it. Raw words, so that
// it can lie in a row version and be copied with memcpy; all zeros is the empty sum. Thread:
// belongs to its owner.
#pragma once

#include <cstdint>

namespace facet {

struct ExactSum {
  // 34 chunks of 64 bits cover 2^-1074 .. 2^1024 and room for 2^63 terms; two's complement over all
  // words.
  static constexpr int kWords = 34;
  uint64_t words[kWords];
  int64_t nans;
  int64_t positiveInfinities;
  int64_t negativeInfinities;

  /// Adds d × weight.
  void add(double d, int64_t weight);
  /// Adds (sign 1) or takes away (sign -1) another sum.
  void merge(const ExactSum& other, int64_t sign);
  /// The sum rounded to nearest even; PostgreSQL's rules for NaN and infinities. An overflow of
  /// finite terms gives infinity (the caller reports floatOutOfRange as PostgreSQL does).
  double value() const;
};

}  // namespace facet
