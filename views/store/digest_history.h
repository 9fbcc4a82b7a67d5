// DigestHistory: the digest of keyed rows, a sum over all of them that their writer keeps with each
// change, at every position that somebody may still ask about.
//
// Invariant: positions rise; at(p) is the digest as of the newest entry that is not after p, for
// every p from the horizon on that is not in a gap (reader_needs.h).
// Thread: the writer's calls by its owner alone; `at` by any thread.
#pragma once

#include <deque>
#include <mutex>

#include "values/int128.h"
#include "values/position.h"
#include "views/store/reader_needs.h"

namespace facet {

class DigestHistory {
 public:
  // ---- the writer ----

  /// From `position` on (not before any so far) it is this.
  void set(Position position, uint128 digest);
  /// Takes back what was set at positions after `last`, which is not before the horizon.
  void rollback(Position last);
  /// Drops what no reader needs any more.
  void reclaim(const ReaderNeeds& needs);
  /// Nothing was set yet.
  bool empty() const { return entries_.empty(); }
  /// What was set last; 0: nothing was.
  uint128 newest() const { return entries_.empty() ? 0 : entries_.back().digest; }

  // ---- any thread ----

  /// At a position that readers, or the writer itself, still hold. 0: before the first one.
  uint128 at(Position position) const;

 private:
  struct Entry {
    Position position;
    uint128 digest;
  };
  void closeGap(const ReaderNeeds& needs);

  mutable std::mutex mutex_;   // changed under it, so that the writer reads without
  std::deque<Entry> entries_;  // the newest at the back
};

}  // namespace facet
