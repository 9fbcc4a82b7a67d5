#include "bench/load_loop.h"

#include <algorithm>
#include <limits>

namespace facet {
namespace {

constexpr double kNanoseconds = 1e9;

}  // namespace

LoadLoop::LoadLoop(const LoadPlan& plan, Requests& requests, LoadClock& clock)
    : plan_(plan), requests_(requests), clock_(clock), underWay_(plan.connections), tasks_(*this) {}

kj::Promise<void> LoadLoop::run() {
  auto done = kj::newPromiseAndFulfiller<void>();
  done_ = kj::mv(done.fulfiller);
  began_ = clock_.now();
  pump();
  return kj::mv(done.promise);
}

/// Of the next request.
uint64_t LoadLoop::plannedTime() const {
  return began_ +
         static_cast<uint64_t>(static_cast<double>(sentOperations_) / plan_.rate * kNanoseconds);
}

/// `next`: when the next request would be sent.
bool LoadLoop::allSent(uint64_t next) const {
  if (plan_.operations > 0 && sentOperations_ >= plan_.operations) return true;
  return plan_.seconds > 0 && static_cast<double>(next - began_) >= plan_.seconds * kNanoseconds;
}

/// The next connection that may send, in turns.
bool LoadLoop::findRoom() {
  for (size_t tried = 0; tried < underWay_.size(); ++tried) {
    if (underWay_[next_] < plan_.inFlight) return true;
    next_ = (next_ + 1) % static_cast<unsigned>(underWay_.size());
  }
  return false;
}

void LoadLoop::pump() {
  while (true) {
    const uint64_t now = clock_.now();
    const uint64_t planned = open() ? plannedTime() : now;
    if (allSent(planned)) break;
    if (planned > now) return wake(planned);
    if (!findRoom()) return;
    sendOne(planned);
  }
  if (allUnderWay_ == 0) done_->fulfill();
}

void LoadLoop::wake(uint64_t at) {
  if (waking_) return;
  waking_ = true;
  tasks_.add(clock_.until(at).then([this]() {
    waking_ = false;
    pump();
  }));
}

void LoadLoop::sendOne(uint64_t planned) {
  const uint64_t left = plan_.operations > 0 ? plan_.operations - sentOperations_
                                             : std::numeric_limits<uint64_t>::max();
  const auto operations = static_cast<unsigned>(std::min<uint64_t>(plan_.perRequest, left));
  const unsigned connection = next_;
  next_ = (next_ + 1) % static_cast<unsigned>(underWay_.size());
  sentOperations_ += operations;
  ++underWay_[connection];
  ++allUnderWay_;
  const uint64_t sent = clock_.now();
  const uint64_t from = open() ? planned : sent;
  tasks_.add(
      requests_.send(connection, operations).then([this, connection, operations, from, sent] {
        answered(connection, operations, from, sent);
      }));
}

void LoadLoop::answered(unsigned connection, unsigned operations, uint64_t planned, uint64_t sent) {
  const uint64_t now = clock_.now();
  measured_.latency.record(now - planned, operations);
  measured_.service.record(now - sent, operations);
  measured_.operations += operations;
  measured_.seconds = static_cast<double>(now - began_) / kNanoseconds;
  --underWay_[connection];
  --allUnderWay_;
  pump();
}

void LoadLoop::taskFailed(kj::Exception&& why) {
  done_->reject(kj::mv(why));
}

}  // namespace facet
