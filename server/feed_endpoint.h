// Feed: what replicas follow. FeedHub is what the feeds of one RPC thread share: who follows, and
// the requests that wait for a chunk. A request is answered with bytes of the log as they are, a
// bounded number of them, copied out in one turn of the loop. Thread: belongs to its event loop.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "schema/facet.capnp.h"
#include "server/client_memory.h"
#include "server/read_gate.h"
#include "storage/event_log.h"

namespace facet {

/// A replica that follows this node, as `status` shows it.
struct FollowerStatus {
  std::string name;
  std::string state;  // "following", "catching up", "stalled: why", "silent"
  Position position;
  uint64_t lagEvents = 0;
  uint32_t seenMs = 0;
};

/// Bytes of the log, or of a snapshot, in one answer to a replica: the answers to all of them
/// together are a part of what clients may hold.
size_t feedAnswerBytes(const ClientMemory& memory);

/// Who wakes the loop when the log's end moves.
class DurableWaker {
 public:
  /// Whether anybody waits for it.
  virtual void tellDurable(bool tell) = 0;

 protected:
  ~DurableWaker() = default;
};

class FeedHub final : private GateWaker {
 public:
  FeedHub(kj::Timer& timer, DurableWaker& waker);
  KJ_DISALLOW_COPY(FeedHub);

  /// True once release() was called, false after `maxWait`. Dropping the promise ends the wait.
  kj::Promise<bool> wait(kj::Duration maxWait);
  /// The log's end has moved.
  void release();

  /// A request has come: what it says of who sends it; without an id it is of one who copies the
  /// log, and does not stay. Returns what answered() is to be called with. Throws "overloaded" if
  /// there are too many: a connection counts as one, and who is silent gives way.
  uint64_t note(wire::FeedRequest::Follower::Reader follower, uint64_t connection);
  /// Its request has been answered, or dropped.
  void answered(uint64_t noted);
  /// Those that were heard of lately; `head` is the log's.
  std::vector<FollowerStatus> followers(Position head);

 private:
  /// What all wait for: that the log's end moves.
  static constexpr Position kNext{1};
  struct Follower {
    std::string name;
    Position position;
    std::string stalled;
    kj::TimePoint seen = kj::origin<kj::TimePoint>();
    unsigned waiting = 0;  // requests that are under way: it is there
    uint64_t connection = 0;
    uint64_t number = 0;  // of its life on the connection
  };
  bool isSilent(const Follower& follower) const;
  void makeRoom();
  void dropSilent();

  void wakeAt(uint64_t wanted) override { waker_.tellDurable(wanted != UINT64_MAX); }

  kj::Timer& timer_;
  DurableWaker& waker_;
  ReadGate gate_;
  std::map<std::string, Follower> followers_;  // by id
  uint64_t numbered_ = 0;
};

}  // namespace facet
