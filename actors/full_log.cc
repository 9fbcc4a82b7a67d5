#include "actors/full_log.h"

#include <fmt/format.h>

#include "actors/limits.h"

namespace facet {

void FullLog::full() {
  full_.store(true);
}

void FullLog::taken() {
  if (!full_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  nextProbe_ = 0;
  full_.store(false);
}

std::string FullLog::refusal(size_t bytes, const std::function<uint64_t()>& left, int64_t nowMs) {
  if (!full_.load(std::memory_order_relaxed)) return {};
  const uint64_t room = left();
  const std::lock_guard lock(mutex_);
  if (room < bytes + kFullMarginBytes) {
    return fmt::format(
        "overloaded: the log is full: there is room for {} more bytes; make space "
        "on its disk, or move the folder to a larger one",
        room);
  }
  if (nowMs < nextProbe_) {
    return "overloaded: the log was full, and takes one batch at a time until it has room";
  }
  nextProbe_ = nowMs + kFullProbe.count();
  return {};
}

}  // namespace facet
