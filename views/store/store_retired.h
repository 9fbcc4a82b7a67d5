// RetiredMemory: what a writer has unlinked from its versioned state, but readers may still be
// walking over: kept until they are gone.
//
// Why it is safe: memory is retired `until` a position that is not published yet. Every reader that
// can have found it was pinned before, at a published position, so before `until`; when the horizon
// reaches `until`, these pins are gone, and whoever pinned later has seen that publication, and all
// that the writer did before it. Where a held cut stops the horizon, memory gets the tick at which
// it had been unlinked for certain: readers that pinned at that tick or later cannot find it.
//
// Thread: belongs to the writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "values/position.h"
#include "views/store/reader_needs.h"
#include "views/store/slab.h"

namespace facet {

class RetiredMemory {
 public:
  explicit RetiredMemory(Slab& slab) : slab_(slab) {}

  /// `until`: not published yet.
  void retire(void* memory, size_t size, Position until) {
    blocks_.push_back({memory, size, until, 0});
  }

  /// What is here was unlinked before the needs were computed. To be called before more is.
  void stamp(const ReaderNeeds& needs) {
    if (needs.tick == 0) return;
    for (; stamped_ < blocks_.size(); ++stamped_) blocks_[stamped_].tick = needs.tick;
  }

  /// Frees, in the order of retiring, at most `limit` of what no reader can be walking over. A
  /// later one that could go earlier just waits longer.
  void free(const ReaderNeeds& needs, size_t limit) {
    for (; limit > 0 && !blocks_.empty(); --limit) {
      const Block& block = blocks_.front();
      const bool quiescent = block.tick != 0 && block.tick <= needs.quiescent;
      if (block.until > needs.horizon && !quiescent) break;
      slab_.free(block.memory, block.size);
      blocks_.pop_front();
      if (stamped_ > 0) --stamped_;
    }
  }

 private:
  struct Block {
    void* memory;
    size_t size;
    Position until;
    uint64_t tick;  // 0: none yet
  };
  Slab& slab_;
  std::deque<Block> blocks_;
  size_t stamped_ = 0;  // so many in front have a tick
};

/// How much one reclaim() does at most: enough to keep up with `changes` since the last one and to
/// work off what a long pin has held up, in steps that nobody feels (4,096 take about 0.1 ms).
inline size_t reclaimLimit(size_t changes) {
  return 4096 + 4 * changes;
}

/// Free pieces that one reclaim() sorts out while memory is given back (slab.h). Fewer: it takes
/// long; more: a writer is held up (1,000 take about 0.1 ms).
constexpr size_t kTidyPieces = 1024;

}  // namespace facet
