#include "actors/log/clock.h"

#include <time.h>

#include <chrono>

namespace facet {

namespace {

template <typename Kind>
int64_t microsOf() {
  using namespace std::chrono;
  return duration_cast<microseconds>(Kind::now().time_since_epoch()).count();
}

class WallClock final : public Clock {
 public:
  int64_t now() override { return microsOf<std::chrono::system_clock>(); }
};

class SteadyClock final : public Clock {
 public:
  int64_t now() override { return microsOf<std::chrono::steady_clock>(); }
};

class BootClock final : public Clock {
 public:
  int64_t now() override {
    timespec time{};
    if (::clock_gettime(CLOCK_BOOTTIME, &time) != 0) return steadyClock().now();
    return int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1'000;
  }
};

}  // namespace

Clock& wallClock() {
  static WallClock clock;
  return clock;
}

Clock& steadyClock() {
  static SteadyClock clock;
  return clock;
}

Clock& bootClock() {
  static BootClock clock;
  return clock;
}

}  // namespace facet
