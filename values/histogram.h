// Histogram: latencies in nanoseconds, log-linear as in HdrHistogram: three digits at any size, a
// fixed array, and a few instructions to record. Thread: belongs to its owner.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace facet {

class Histogram {
 public:
  /// Greater values count as this one: an hour and some.
  static constexpr uint64_t kGreatest = (uint64_t{1} << 42) - 1;

  Histogram() : counts_(slotOf(kGreatest) + 1) {}

  void record(uint64_t nanoseconds, uint64_t times = 1);
  /// Adds what another one has.
  void add(const Histogram& other);
  void clear();

  uint64_t count() const { return count_; }
  /// Exact; 0 if nothing was recorded.
  uint64_t greatest() const { return greatest_; }
  /// The least recorded value, to three digits and from above, that at least this share (0 to 1) of
  /// the values does not exceed; never above greatest(). 0 if nothing was recorded.
  uint64_t percentile(double share) const;

 private:
  // A value below 2^kBits has a slot of its own. Above, each doubling has 2^(kBits-1) slots, so
  // that a slot is at most a thousandth of its values wide.
  static constexpr unsigned kBits = 11;
  static constexpr uint64_t kHalf = uint64_t{1} << (kBits - 1);

  static constexpr unsigned shiftOf(uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    return width > kBits ? width - kBits : 0;
  }
  static constexpr size_t slotOf(uint64_t value) {
    const unsigned shift = shiftOf(value);
    return shift * kHalf + (value >> shift);
  }
  /// The greatest value of a slot.
  static uint64_t endOf(size_t slot);

  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  uint64_t greatest_ = 0;
};

}  // namespace facet
