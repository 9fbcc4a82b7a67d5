// RoomQueue: messages that wait until there is memory to read them into; first come, first served.
// It looks again every few milliseconds: what is given back may be given by any thread. Thread:
// belongs to its event loop.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <list>

#include "rpc/message_stream.h"
#include "server/client_memory.h"

namespace facet {

class RoomQueue {
 public:
  explicit RoomQueue(kj::Timer& timer) : timer_(timer) {}
  KJ_DISALLOW_COPY(RoomQueue);

  /// Resolves with the bytes taken of `part`, which is `room`'s. Dropping it ends the wait.
  kj::Promise<MessageRoom::Hold> wait(kj::Own<MessageRoom> room, ClientMemory::Part& part,
                                      size_t bytes);
  size_t waiting() const { return waiters_.size(); }

 private:
  class Waiter;
  void serve();
  kj::Promise<void> poll();

  kj::Timer& timer_;
  std::list<Waiter*> waiters_;
  bool polling_ = false;
  kj::Promise<void> poller_ = nullptr;
};

}  // namespace facet
