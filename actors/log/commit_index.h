// CommitIndex: which chunk ended at a position, for the newest ones: what a snapshot at a pinned
// position says of its place in the log. Thread: any.
#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "model/record.h"
#include "storage/event_log.h"

namespace facet {

struct Commit {
  LogEnd end;         // after the chunk
  BlockNumber block;  // the last one in it, or before it
};

class CommitIndex {
 public:
  /// A chunk was committed. Nobody asks for a position before `horizon` any more.
  void note(const Commit& commit, Position horizon);
  /// The newest commit that ended at the position, which is not before the last horizon noted.
  std::optional<Commit> at(Position position) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Commit> commits_;
};

}  // namespace facet
