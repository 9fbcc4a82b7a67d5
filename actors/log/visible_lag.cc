#include "actors/log/visible_lag.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr uint64_t kNanoseconds = 1000;  // of a microsecond

int64_t windowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(kLagWindow).count();
}

}  // namespace

void VisibleLag::begin(Position head) {
  const std::lock_guard lock(mutex_);
  head_ = head;
}

void VisibleLag::durable(Position last) {
  const int64_t at = clock_.now();
  const std::lock_guard lock(mutex_);
  if (last <= head_) return;
  const uint64_t events = last.value - head_.value;
  head_ = last;
  if (waiting_.size() < kLagMarks) {
    waiting_.push_back({last, events, at});
  } else {
    // They count as a little older than they are.
    FACET_ASSERT(waiting_.back().last < last, waiting_.back().last, last);
    waiting_.back().last = last;
    waiting_.back().events += events;
  }
}

void VisibleLag::visible(Position position) {
  const int64_t now = clock_.now();
  const std::lock_guard lock(mutex_);
  turn(now);
  for (; !waiting_.empty() && waiting_.front().last <= position; waiting_.pop_front()) {
    const Mark& mark = waiting_.front();
    const auto waited = static_cast<uint64_t>(std::max<int64_t>(0, now - mark.at));
    current_.record(waited * kNanoseconds, mark.events);
  }
}

/// Begins a new window if the current one is full.
void VisibleLag::turn(int64_t now) {
  const int64_t windows = (now - began_) / windowMicros();
  if (windows <= 0) return;
  std::swap(previous_, current_);
  current_.clear();
  if (windows > 1) previous_.clear();
  began_ += windows * windowMicros();
}

RecentLag VisibleLag::recent() {
  const int64_t now = clock_.now();
  const std::lock_guard lock(mutex_);
  turn(now);
  Histogram both = previous_;
  both.add(current_);
  return {both.count(), both.percentile(0.5) / kNanoseconds, both.percentile(0.99) / kNanoseconds,
          both.greatest() / kNanoseconds};
}

}  // namespace facet
