#include "tests/actors/log_feed.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace facet::test {

void Signal::notify() {
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

bool Signal::wait(const std::function<bool()>& condition) {
  // What is waited for may change without a notification: it is looked at from time to time.
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(1));
  }
  return condition();
}

std::optional<FeedBatch> LogFeed::next(const LogEnd& end) {
  const auto stopped = [this] {
    const std::lock_guard lock(mutex_);
    return interrupted_;
  };
  while (!signal_.wait([&] { return stopped() || log_->end().next > end.next; })) continue;
  if (stopped()) return std::nullopt;
  FeedBatch batch;
  size_t left = batchChunks;
  log_->read(end.next, SIZE_MAX, [&](const ChunkRef& chunk) {
    const std::string_view bytes = chunk.bytes();
    const size_t before = batch.words.size();
    batch.words.resize(before + bytes.size() / sizeof(uint64_t));
    std::memcpy(batch.words.data() + before, bytes.data(), bytes.size());
    return --left > 0;
  });
  const std::lock_guard lock(mutex_);
  if (tamper_) std::exchange(tamper_, nullptr)(batch);
  return batch;
}

void LogFeed::tamper(std::function<void(FeedBatch&)> change) {
  const std::lock_guard lock(mutex_);
  tamper_ = std::move(change);
}

void LogFeed::refuse(const std::string& why) {
  const std::lock_guard lock(mutex_);
  refusals_.push_back(why);
}

void LogFeed::stalled(const std::string& why, const LogEnd&) {
  const std::lock_guard lock(mutex_);
  stalls_.push_back(why);
}

void LogFeed::modelChanged() {
  const std::lock_guard lock(mutex_);
  modelChanged_ = true;
}

void LogFeed::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  signal_.notify();
}

void LogFeed::resume() {
  const std::lock_guard lock(mutex_);
  interrupted_ = false;
}

bool LogFeed::told(const std::vector<std::string>& texts, const std::string& part) {
  return signal_.wait([&] {
    const std::lock_guard lock(mutex_);
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
      return text.find(part) != std::string::npos;
    });
  });
}

bool LogFeed::refused(const std::string& part) {
  return told(refusals_, part);
}

bool LogFeed::wasStalled(const std::string& part) {
  return told(stalls_, part);
}

bool LogFeed::changedModel() {
  return signal_.wait([&] {
    const std::lock_guard lock(mutex_);
    return modelChanged_;
  });
}

}  // namespace facet::test
