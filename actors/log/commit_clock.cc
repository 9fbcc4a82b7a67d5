#include "actors/log/commit_clock.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "actors/log/limits.h"
#include "values/datetime.h"

namespace facet {

namespace {

constexpr int64_t kJump = std::chrono::microseconds(kMaxClockJump).count();

/// "3 days", for what is longer than one.
std::string days(int64_t micros) {
  return fmt::format("{} days", std::abs(micros) / std::chrono::microseconds(kDay).count());
}

}  // namespace

CommitClock::CommitClock(const Clocks& clocks)
    : clocks_(clocks), wall_(clocks.wall->now()), boot_(clocks.boot->now()) {}

/// Returns how far the clock is from what is believed; 0: it is believed.
int64_t CommitClock::look() {
  const int64_t wall = clocks_.wall->now();
  const int64_t boot = clocks_.boot->now();
  const int64_t expected = wall_ + (boot - boot_);
  const bool jumped = std::abs(wall - expected) > kJump;
  boot_ = boot;
  wall_ = jumped ? expected : wall;
  return wall - wall_;
}

int64_t CommitClock::now() {
  const std::lock_guard lock(mutex_);
  look();
  return wall_;
}

std::string CommitClock::problem() {
  const std::lock_guard lock(mutex_);
  const int64_t jump = look();
  if (jump == 0) return {};
  return fmt::format(
      "this machine's clock has jumped {} {} while the node ran, and is not believed: events get "
      "the time that has passed since. Set the clock; if it is right now, start the node anew",
      days(jump), jump > 0 ? "ahead" : "back");
}

std::string clockProblem(int64_t now, int64_t lastCommit) {
  const std::string times =
      fmt::format("this machine's clock says {}, and the log's last commit {}",
                  formatTimestamp(now, true), formatTimestamp(lastCommit, true));
  if (lastCommit - now > kJump) {
    return fmt::format(
        "{}: the clock is wrong now, or was when that was written. Set it; if it is right now, "
        "start with --accept-clock: since times never go back, events get the log's last time "
        "until "
        "the clock has reached it. A restore to a time before that (facet restore --to-time) gets "
        "rid of it",
        times);
  }
  if (now - lastCommit > std::chrono::microseconds(kMaxClockPause).count()) {
    return fmt::format(
        "{}, more than a year before: if the clock is ahead, every later event would have its time "
        "for ever. Set it; if it is right, start with --accept-clock",
        times);
  }
  return {};
}

std::string aheadProblem(int64_t now, int64_t lastCommit) {
  if (lastCommit - now <= kJump) return {};
  return fmt::format(
      "the log's last time, {}, is {} ahead of this machine's clock, which says {}: events get "
      "that "
      "time until the clock has reached it, since times never go back. A restore to a time before "
      "it (facet restore --to-time) gets rid of it",
      formatTimestamp(lastCommit, true), days(lastCommit - now), formatTimestamp(now, true));
}

}  // namespace facet
