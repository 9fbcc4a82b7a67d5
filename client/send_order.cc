#include "client/send_order.h"

namespace facet {

kj::Promise<void> SendOrder::turnOf(uint64_t number) {
  KJ_IF_MAYBE (why, gaveUp_) return kj::cp(*why);
  if (isTurnOf(number)) return kj::READY_NOW;
  auto turn = kj::newPromiseAndFulfiller<void>();
  held_[number].turn = kj::mv(turn.fulfiller);
  return kj::mv(turn.promise);
}

bool SendOrder::isTurnOf(uint64_t number) const {
  if (held_.empty()) return true;
  const auto& [oldest, held] = *held_.begin();
  if (oldest != number || !held.untilAnswered) return oldest >= number;
  return underWay_.empty() || *underWay_.begin() > number;
}

void SendOrder::ended(uint64_t run) {
  if (run == run_) ++run_;
}

void SendOrder::sent(uint64_t number) {
  underWay_.insert(number);
  const auto held = held_.find(number);
  if (held != held_.end() && !held->second.untilAnswered) release(number);
}

void SendOrder::refused(uint64_t number) {
  underWay_.erase(number);
  held_[number].untilAnswered = true;
}

void SendOrder::broken() {
  for (const uint64_t number : underWay_) held_.try_emplace(number);
  underWay_.clear();
}

void SendOrder::answered(uint64_t number) {
  underWay_.erase(number);
  release(number);
  wakeNext();
}

void SendOrder::release(uint64_t number) {
  if (held_.erase(number) == 0) return;
  if (held_.empty()) gaveUp_ = nullptr;
  wakeNext();
}

void SendOrder::wakeNext() {
  if (held_.empty()) return;
  auto& [oldest, held] = *held_.begin();
  if (held.turn.get() != nullptr && isTurnOf(oldest)) held.turn->fulfill();
}

void SendOrder::giveUp(const kj::Exception& why) {
  if (held_.empty()) return;
  gaveUp_ = kj::cp(why);
  for (auto& [number, held] : held_) {
    if (held.turn.get() != nullptr) held.turn->reject(kj::cp(why));
  }
}

}  // namespace facet
