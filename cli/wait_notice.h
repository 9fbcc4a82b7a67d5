// WaitNotice: tells a person once what commands wait for, when they have waited for a moment: a
// server that is overloaded, a primary that is gone. Thread: main.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace facet {

class WaitNotice {
 public:
  using Clock = std::chrono::steady_clock;

  /// `print`: a line; to stderr, if nothing is given.
  explicit WaitNotice(std::function<void(const std::string& line)> print = nullptr,
                      std::function<Clock::time_point()> now = Clock::now);

  /// Something is about to be tried again, because of this.
  void waiting(const std::string& why);
  /// Something went on.
  void answered() { since_.reset(); }

 private:
  const std::function<void(const std::string&)> print_;
  const std::function<Clock::time_point()> now_;
  std::optional<Clock::time_point> since_;
  std::optional<Clock::time_point> told_;
};

}  // namespace facet
