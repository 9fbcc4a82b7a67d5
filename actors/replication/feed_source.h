// FeedSource: where a replica's log comes from, as the replica's follower sees it. The network is
// behind it (server/feed_client.h); tests put another log there.
// Thread: interrupt by any; everything else by the follower's, which may wait in next().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/log/digest_notes.h"
#include "storage/event_log.h"
#include "storage/snapshot_store.h"

namespace facet {

struct FeedBatch {
  std::vector<uint64_t> words;  // whole chunks, one behind the other; not checked yet
  std::vector<DigestNote> notes;
  uint128 model = 0;  // hash of the model whose views the notes are of

  std::string_view chunks() const {
    return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)};
  }
};

class FeedSource {
 public:
  virtual ~FeedSource() = default;

  /// Which log is followed: `own`, which is begun here already, or else the upstream's, which is
  /// waited for. From then on an upstream with another one is refused, whatever its chunks are: a
  /// restored log begins like the old one. Nothing: interrupted.
  virtual std::optional<LogId> agree(std::optional<LogId> own) = 0;
  /// What follows `end` in the upstream's log; waits until there is something. A batch may have
  /// notes alone. Nothing: interrupted.
  virtual std::optional<FeedBatch> next(const LogEnd& end) = 0;
  /// Fetches the upstream's newest snapshot into the store, and returns its name there; an empty
  /// one if the upstream has none. Waits until it is there. Nothing: interrupted.
  virtual std::optional<std::string> fetchSnapshot(SnapshotStore& store) = 0;
  /// The last batch was not sound, or did not follow: get it anew, from a new connection.
  virtual void refuse(const std::string& why) = 0;
  /// Nothing is taken for a while, and why; empty: it is again. `end`: of the log.
  virtual void stalled(const std::string& why, const LogEnd& end) = 0;
  /// The log has a new model now: the follower has ended, and the node is to be started anew.
  virtual void modelChanged() = 0;
  /// next() returns nothing from now on.
  virtual void interrupt() = 0;
};

}  // namespace facet
