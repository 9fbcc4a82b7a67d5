#include "actors/log/full_log.h"

#include <fmt/format.h>

#include "actors/log/limits.h"

namespace facet {

namespace {

std::string fullText(uint64_t room) {
  return fmt::format(
      "the log is full: there is room for {} more bytes; make space on its disk, or move the "
      "folder to a larger one",
      room);
}

}  // namespace

void FullLog::look() {
  if (left() < kFullMarginBytes) full();
}

void FullLog::full() {
  full_.store(true);
  if (told_.exchange(true)) return;
  notice_(fullText(left()) + ". Until then commands are refused, and reads go on");
}

void FullLog::taken() {
  if (full_.load(std::memory_order_relaxed)) {
    const std::lock_guard lock(mutex_);
    nextProbe_ = 0;
    full_.store(false);
  }
  if (!told_.load(std::memory_order_relaxed) || left() < kFullOverBytes) return;
  if (told_.exchange(false)) notice_("the log has room again: commands are taken");
}

std::string FullLog::refusal(size_t bytes, int64_t nowMs) {
  if (!full_.load(std::memory_order_relaxed)) return {};
  const uint64_t room = left();
  const std::lock_guard lock(mutex_);
  if (room < bytes + kFullMarginBytes) return "overloaded: " + fullText(room);
  if (nowMs < nextProbe_) {
    return "overloaded: the log was full, and takes one batch at a time until it has room";
  }
  nextProbe_ = nowMs + kFullProbe.count();
  return {};
}

std::string FullLog::problem() const {
  if (!told_.load(std::memory_order_relaxed)) return {};
  const uint64_t room = left();
  return room < kFullOverBytes ? fullText(room) : std::string();
}

}  // namespace facet
