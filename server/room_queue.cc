#include "server/room_queue.h"

#include <utility>

#include "server/limits.h"

namespace facet {

class RoomQueue::Waiter {
 public:
  Waiter(kj::PromiseFulfiller<MessageRoom::Hold>& fulfiller, RoomQueue& queue,
         kj::Own<MessageRoom> room, ClientMemory::Part& part, size_t bytes)
      : fulfiller_(fulfiller), queue_(queue), room_(kj::mv(room)), part_(part), bytes_(bytes) {
    place_ = queue_.waiters_.insert(queue_.waiters_.end(), this);
  }
  ~Waiter() noexcept(false) { leave(); }
  KJ_DISALLOW_COPY(Waiter);

  enum class Served : uint8_t { yes, itsClientHasTooMuch, thereIsNoRoom };

  Served serve() {
    if (part_.take(bytes_)) {
      leave();
      fulfiller_.fulfill(MessageRoom::Hold(kj::mv(room_), bytes_));
      return Served::yes;
    }
    return part_.used() + bytes_ > part_.whole().perClient() ? Served::itsClientHasTooMuch
                                                             : Served::thereIsNoRoom;
  }

 private:
  void leave() {
    if (waiting_) queue_.waiters_.erase(place_);
    waiting_ = false;
  }

  kj::PromiseFulfiller<MessageRoom::Hold>& fulfiller_;
  RoomQueue& queue_;
  kj::Own<MessageRoom> room_;
  ClientMemory::Part& part_;
  const size_t bytes_;
  std::list<Waiter*>::iterator place_;
  bool waiting_ = true;
};

kj::Promise<MessageRoom::Hold> RoomQueue::wait(kj::Own<MessageRoom> room, ClientMemory::Part& part,
                                               size_t bytes) {
  if (!polling_) {
    polling_ = true;
    poller_ = poll().eagerlyEvaluate(nullptr);
  }
  return kj::newAdaptedPromise<MessageRoom::Hold, Waiter>(*this, kj::mv(room), part, bytes);
}

/// One that finds no room stops those behind it, so that large messages come to it too.
void RoomQueue::serve() {
  for (auto at = waiters_.begin(); at != waiters_.end();) {
    Waiter& waiter = **at++;
    if (waiter.serve() == Waiter::Served::thereIsNoRoom) return;
  }
}

kj::Promise<void> RoomQueue::poll() {
  return timer_.afterDelay(kRoomPollMs * kj::MILLISECONDS).then([this]() -> kj::Promise<void> {
    serve();
    polling_ = !waiters_.empty();
    if (!polling_) return kj::READY_NOW;
    return poll();
  });
}

}  // namespace facet
