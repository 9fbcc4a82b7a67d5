// OutOfService: whether a view or a table is not to be read, and why. Thread: any.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>

namespace facet {

class OutOfService {
 public:
  /// Null: it is in service. The text stays as long as this object.
  const std::string* why() const { return why_.load(); }
  /// Reads fail with this from now on; the first reason stays.
  void take(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (why_.load() == nullptr) why_.store(&told_.emplace_back(why));
  }
  void putBack() { why_.store(nullptr); }

 private:
  std::mutex mutex_;
  std::deque<std::string> told_;  // a reader may still look at an older one
  std::atomic<const std::string*> why_{nullptr};
};

}  // namespace facet
