// ReadGate: reads that wait until a position is visible (and feeds, until there is more to send).
// Thread: the RPC thread's.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "values/position.h"

namespace facet {

/// Who wakes the loop when what is waited for is there.
class GateWaker {
 public:
  /// The least position that somebody waits for, whenever it changes; UINT64_MAX: nobody does.
  virtual void wakeAt(uint64_t position) = 0;

 protected:
  ~GateWaker() = default;
};

class ReadGate {
 public:
  ReadGate(kj::Timer& timer, GateWaker& waker) : timer_(timer), waker_(waker) {}
  KJ_DISALLOW_COPY(ReadGate);

  /// True once `position` is visible, false if `maxWait` ends before. Dropping the promise ends the
  /// wait.
  kj::Promise<bool> wait(Position position, kj::Duration maxWait);

  /// Everything up to `visible` can be read now.
  void release(Position visible);

  size_t waiting() const { return waiters_.size(); }

 private:
  class Waiter;
  using Waiters = std::multimap<Position, Waiter*>;
  void tellWanted();

  kj::Timer& timer_;
  GateWaker& waker_;
  Waiters waiters_;
};

}  // namespace facet
