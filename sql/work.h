// Work: counts what the evaluation of expressions costs, in bytes that are looked at, compared or
// made, and bounds it: one expression over one row may take kMaxExpressionWork. Counted, never
// timed: the same row fails on every node and at every replay. A query's owner may also stop it
// from another thread. Thread: belongs to its arena; only the flag that it watches is shared.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "sql/limits.h"
#include "values/value.h"

namespace facet {

class Work {
 public:
  /// A new expression, or the next row: its bound is fresh.
  void begin() {
    finished_ += granted_ - ahead_;
    granted_ = ahead_ = kWorkBetweenLooks;
  }

  /// Counts what is about to be done. False: the expression ends, with Value::error(failure()).
  [[nodiscard]] bool spend(uint64_t bytes) {
    if (bytes > ahead_) [[unlikely]]
      return lookAround(bytes);
    ahead_ -= bytes;
    return true;
  }

  ErrorCode failure() const {
    return interrupted_ ? ErrorCode::interrupted : ErrorCode::tooMuchWork;
  }

  /// Everything that was counted so far.
  uint64_t total() const { return finished_ + (granted_ - ahead_); }

  /// Looks at `stop` after some work, and fails once it is set. nullptr: there is nothing to watch.
  void watch(const std::atomic<bool>* stop) { stop_ = stop; }
  bool interrupted() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

 private:
  bool lookAround(uint64_t bytes) {
    const uint64_t spent = granted_ - ahead_;
    interrupted_ = interrupted();
    if (interrupted_ || bytes > kMaxExpressionWork - spent) return false;
    granted_ = std::min(spent + bytes + kWorkBetweenLooks, kMaxExpressionWork);
    ahead_ = granted_ - spent - bytes;
    return true;
  }

  uint64_t ahead_ = kWorkBetweenLooks;  // may be spent before the next look
  uint64_t granted_ = kWorkBetweenLooks;
  uint64_t finished_ = 0;  // by the expressions before this one
  bool interrupted_ = false;
  const std::atomic<bool>* stop_ = nullptr;
};

}  // namespace facet
