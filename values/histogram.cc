#include "values/histogram.h"

#include <algorithm>
#include <cmath>

namespace facet {

void Histogram::record(uint64_t nanoseconds, uint64_t times) {
  const uint64_t value = std::min(nanoseconds, kGreatest);
  counts_[slotOf(value)] += times;
  count_ += times;
  if (times > 0) greatest_ = std::max(greatest_, value);
}

void Histogram::add(const Histogram& other) {
  for (size_t slot = 0; slot < counts_.size(); ++slot) counts_[slot] += other.counts_[slot];
  count_ += other.count_;
  greatest_ = std::max(greatest_, other.greatest_);
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  greatest_ = 0;
}

uint64_t Histogram::endOf(size_t slot) {
  const uint64_t shift = slot < 2 * kHalf ? 0 : slot / kHalf - 1;
  const uint64_t mantissa = slot - shift * kHalf;
  return ((mantissa + 1) << shift) - 1;
}

uint64_t Histogram::percentile(double share) const {
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const uint64_t rank = std::max<uint64_t>(1, static_cast<uint64_t>(wanted));
  uint64_t seen = 0;
  for (size_t slot = 0; slot < counts_.size(); ++slot) {
    seen += counts_[slot];
    if (seen >= rank) return std::min(endOf(slot), greatest_);
  }
  return greatest_;
}

}  // namespace facet
