// A clock that shows what the test says.
#pragma once

#include "actors/log/clock.h"

namespace facet::test {

class TestClock final : public Clock {
 public:
  /// Shows the number, whatever it is when it is looked at.
  explicit TestClock(const int64_t& time) : time_(time) {}
  int64_t now() override { return time_; }

 private:
  const int64_t& time_;
};

}  // namespace facet::test
