#include "server/completion_queue.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "server/wake_up.h"
#include "values/assert.h"

namespace facet {

CompletionQueue::CompletionQueue(kj::UnixEventPort& port,
                                 std::function<void(const std::string&)> onFailed)
    : onFailed_(std::move(onFailed)),
      event_(newEventFd()),
      observer_(port, event_, kj::UnixEventPort::FdObserver::OBSERVE_READ) {}

CompletionQueue::~CompletionQueue() noexcept {}

kj::Promise<void> CompletionQueue::run(Handler& handler) {
  return observer_.whenBecomesReadable().then([this, &handler]() {
    // Asked for before anything is fetched, so that no edge is lost.
    auto next = run(handler);
    std::vector<BatchOutcome> outcomes;
    {
      std::lock_guard lock(mutex_);
      outcomes.swap(outcomes_);
      woken_ = false;
    }
    for (BatchOutcome& outcome : outcomes) handler.handleOutcome(std::move(outcome));
    handler.handleVisible();
    handler.handleDurable();
    return next;
  });
}

void CompletionQueue::onOutcomes(std::vector<BatchOutcome> outcomes) {
  std::lock_guard lock(mutex_);
  if (outcomes_.empty()) {
    outcomes_ = std::move(outcomes);
  } else {
    for (BatchOutcome& outcome : outcomes) outcomes_.push_back(std::move(outcome));
  }
  wake();
}

void CompletionQueue::onVisible(Position visible) {
  if (visible.value < wakeAt_.load(std::memory_order_seq_cst)) return;
  std::lock_guard lock(mutex_);
  wake();
}

void CompletionQueue::onFailed(const std::string& reason) {
  onFailed_(reason);
}

void CompletionQueue::onDurable() {
  if (!tellDurable_.load(std::memory_order_seq_cst)) return;
  std::lock_guard lock(mutex_);
  wake();
}

void CompletionQueue::onAlarm(const std::string& what) {
  spdlog::error("alarm: {}", what);
}

void CompletionQueue::wake() {
  if (woken_) return;
  woken_ = true;
  const uint64_t one = 1;
  const ssize_t written = ::write(event_, &one, sizeof(one));
  FACET_ASSERT(written == sizeof(one), written);
}

}  // namespace facet
