// Clock: where times come from. Whoever needs one is given it, so that tests have their own; the
// machine's are here. Thread: any.
#pragma once

#include <cstdint>

namespace facet {

class Clock {
 public:
  /// Microseconds since 1970, or since some moment or other: it depends on the clock.
  virtual int64_t now() = 0;

 protected:
  ~Clock() = default;
};

/// Since 1970; what people set.
Clock& wallClock();
/// Never goes back, and stands while the machine sleeps.
Clock& steadyClock();
/// Never goes back, and goes on while the machine sleeps.
Clock& bootClock();

/// What a node goes by.
struct Clocks {
  Clock* wall = &wallClock();
  Clock* steady = &steadyClock();
  Clock* boot = &bootClock();
};

}  // namespace facet
