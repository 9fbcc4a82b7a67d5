// Changes: waiting for what other threads bring about. Thread: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace facet {

class Changes {
 public:
  /// Waits until the condition holds (it is asked under a lock, and must be quick), or until all
  /// waits are over: true. False: the time has passed.
  template <typename Condition>
  bool until(const Condition& condition, std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::unique_lock lock(mutex_);
    while (!over_ && !condition()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      // Not all that is waited for is told of: a degraded view does not move `visible`.
      changed_.wait_for(lock, kLook);
    }
    return true;
  }

  /// Something may have come about.
  void notify() {
    { const std::lock_guard lock(mutex_); }
    changed_.notify_all();
  }

  /// Nothing will come about any more.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }
  bool areOver() const {
    const std::lock_guard lock(mutex_);
    return over_;
  }

 private:
  static constexpr std::chrono::milliseconds kLook{5};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

}  // namespace facet
