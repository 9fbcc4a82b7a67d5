#include "server/read_gate.h"

#include <cstdint>

namespace facet {

/// One wait: in the map for as long as its promise lives or until it is released.
class ReadGate::Waiter {
 public:
  Waiter(kj::PromiseFulfiller<bool>& fulfiller, ReadGate& gate, Position position)
      : fulfiller_(fulfiller), gate_(gate), place_(gate.waiters_.emplace(position, this)) {
    if (place_ == gate_.waiters_.begin()) gate_.tellWanted();
  }
  ~Waiter() { leave(); }
  KJ_DISALLOW_COPY(Waiter);

  void release() {
    leave();
    fulfiller_.fulfill(true);
  }

 private:
  void leave() {
    if (!waiting_) return;
    waiting_ = false;
    const bool first = place_ == gate_.waiters_.begin();
    gate_.waiters_.erase(place_);
    if (first) gate_.tellWanted();
  }

  kj::PromiseFulfiller<bool>& fulfiller_;
  ReadGate& gate_;
  Waiters::iterator place_;
  bool waiting_ = true;
};

kj::Promise<bool> ReadGate::wait(Position position, kj::Duration maxWait) {
  auto released = kj::newAdaptedPromise<bool, Waiter>(*this, position);
  auto ended = timer_.afterDelay(maxWait).then([]() { return false; });
  return released.exclusiveJoin(kj::mv(ended));
}

void ReadGate::release(Position visible) {
  while (!waiters_.empty() && waiters_.begin()->first <= visible) {
    waiters_.begin()->second->release();
  }
}

void ReadGate::tellWanted() {
  waker_.wakeAt(waiters_.empty() ? UINT64_MAX : waiters_.begin()->first.value);
}

}  // namespace facet
