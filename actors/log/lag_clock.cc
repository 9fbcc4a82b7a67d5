#include "actors/log/lag_clock.h"

#include <algorithm>

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr int64_t kMicrosInMs = 1000;

}  // namespace

void LagClock::mark(Position last) {
  const int64_t at = clock_.now();
  const std::lock_guard lock(mutex_);
  if (last <= head_) return;
  FACET_ASSERT(marks_.empty() || marks_.back().last <= head_, marks_.back().last, head_);
  head_ = last;
  marks_.push_back({last, at});
  if (marks_.size() > kLagMarks) marks_.pop_front();
}

Position LagClock::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

void LagClock::setHead(Position head) {
  const std::lock_guard lock(mutex_);
  head_ = head;
}

uint32_t LagClock::lagMs(Position position) const {
  const int64_t now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (position >= head_) return 0;
  const auto mark = std::upper_bound(marks_.begin(), marks_.end(), position,
                                     [](Position p, const Mark& m) { return p < m.last; });
  if (mark == marks_.end()) return 0;
  return static_cast<uint32_t>(std::max<int64_t>(0, now - mark->at) / kMicrosInMs);
}

}  // namespace facet
