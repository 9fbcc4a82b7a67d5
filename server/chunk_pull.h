// ChunkPull: pulls the log's chunks over Feed.follow for one who copies a log and does not wait for
// more: one request at a time. Thread: belongs to its event loop.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "schema/facet.capnp.h"
#include "storage/event_log.h"

namespace facet {

class ChunkPull {
 public:
  ChunkPull(wire::Feed::Client feed, kj::Timer& timer) : feed_(kj::mv(feed)), timer_(timer) {}
  KJ_DISALLOW_COPY(ChunkPull);

  struct Pulled {
    std::vector<uint64_t> words;  // whole chunks, one behind the other; not checked yet
    Position head;                // of the node's log
    bool more = false;            // the node has more already

    std::string_view chunks() const {
      return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)};
    }
  };
  /// What follows `end` in the node's log; nothing if that is its end. Fails as Feed.follow does.
  /// The object must outlive the promise.
  kj::Promise<Pulled> pull(const LogEnd& end);

  /// Whether the node's log goes on after `end`, or ends there: fails as Feed.follow does if it
  /// does not.
  kj::Promise<Pulled> compare(const LogEnd& end);

 private:
  using Answer = capnp::RemotePromise<wire::Feed::FollowResults>;
  Answer send(const LogEnd& end, uint32_t mostBytes);
  kj::Promise<Pulled> ask(LogEnd end);

  wire::Feed::Client feed_;
  kj::Timer& timer_;
  std::vector<uint64_t> partial_;  // of a chunk that comes in parts
};

}  // namespace facet
