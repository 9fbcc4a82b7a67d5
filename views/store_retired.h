// RetiredMemory: what a writer has unlinked from its versioned state, but readers may still be
// walking over: kept until they are gone.
//
// Why it is safe: memory is retired `until` a position that is not published yet. Every reader that
// can have found it was pinned before, at a published position, so before `until`; when the horizon
// reaches `until`, these pins are gone, and whoever pinned later has seen that publication, and all
// that the writer did before it.
//
// Thread: belongs to the writer.
#pragma once

#include <cstddef>
#include <deque>

#include "values/position.h"
#include "views/slab.h"

namespace facet {

class RetiredMemory {
 public:
  explicit RetiredMemory(Slab& slab) : slab_(slab) {}

  /// `until`: not published yet.
  void retire(void* memory, size_t size, Position until) {
    blocks_.push_back({memory, size, until});
  }

  /// Frees, in the order of retiring, at most `limit` of what the horizon has reached. A later one
  /// with an earlier position just waits longer.
  void free(Position horizon, size_t limit) {
    for (; limit > 0 && !blocks_.empty() && blocks_.front().until <= horizon; --limit) {
      slab_.free(blocks_.front().memory, blocks_.front().size);
      blocks_.pop_front();
    }
  }

 private:
  struct Block {
    void* memory;
    size_t size;
    Position until;
  };
  Slab& slab_;
  std::deque<Block> blocks_;
};

/// How much one reclaim() does at most: enough to keep up with `changes` since the last one and to
/// work off what a long pin has held up, in steps that nobody feels (4,096 take about 0.1 ms).
inline size_t reclaimLimit(size_t changes) {
  return 4096 + 4 * changes;
}

}  // namespace facet
