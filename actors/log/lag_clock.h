// LagClock: when positions became durable, to say how old what a reader does not see yet is.
// Thread: any.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "actors/log/clock.h"
#include "values/position.h"

namespace facet {

class LagClock {
 public:
  explicit LagClock(Clock& steady) : clock_(steady) {}

  /// Everything up to `last` is durable now.
  void mark(Position last);
  /// The newest durable position.
  Position head() const;
  void setHead(Position head);
  /// How long the oldest durable event after `position` has been there; 0: there is none.
  uint32_t lagMs(Position position) const;

 private:
  struct Mark {
    Position last;
    int64_t at;  // µs
  };
  Clock& clock_;
  mutable std::mutex mutex_;
  Position head_;
  std::deque<Mark> marks_;
};

}  // namespace facet
