// DigestNotes: the digests of a node's tables and views at agreed positions, for those who follow
// it to compare with their own. Agreed are the ends of chunks whose number is a multiple of
// kDigestEvery: chunks are the same on every node. Those of tables are noted when such a chunk goes
// to the views; a view's when all of its shards have applied it, unless it is degraded there. Notes
// are numbered from 1; the newest are kept.
// Thread: any.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "storage/chunk.h"
#include "values/int128.h"

namespace facet {

struct DigestNote {
  std::string relation;  // a table or a view: no two have one name
  Position position;
  uint128 digest = 0;
};

class DigestNotes {
 public:
  static bool agreed(ChunkNumber chunk);

  /// An agreed chunk ends there, and is on its way to the views. By the log's one writer.
  void expect(Position position);
  bool expected(Position position) const;
  void add(const DigestNote& note);

  struct Some {
    std::vector<DigestNote> notes;
    uint64_t next = 0;  // number of the last one
  };
  /// The notes after the one of this number, kMaxNotesAtATime at most. A number that was not given
  /// out yet is of an earlier life of the node: then from the oldest on.
  Some after(uint64_t number) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Position> expected_;
  std::deque<DigestNote> notes_;
  uint64_t last_ = 0;  // number of notes_.back()
};

}  // namespace facet
