// Streams: how many commands with each value of their stream field were accepted: what a client's
// expected version is compared with. A fold over the log's blocks. Thread: belongs to the
// sequencer.
#pragma once

#include <cstdint>

#include "model/record.h"
#include "views/state/state_part.h"
#include "views/store/versioned_map.h"

namespace facet {

class Streams {
 public:
  /// `key`: the packed row (name of the stream field, its value) that BlockBuilder::addStream takes
  /// too.
  int64_t version(Row key) const;
  /// One more accepted command, of this block.
  void step(Row key, BlockNumber block);
  void fold(const Block& block, BlockNumber number);
  /// As Deduplication's.
  void rollback(BlockNumber last) { map_.rollback({last.value}); }
  void reclaim(const ReaderNeeds& needs, BlockNumber settled, BlockNumber next) {
    map_.reclaim({{settled.value}, {}, {}, needs.tick, needs.quiescent}, {next.value});
  }
  void restore(const StateEntry& row, BlockNumber block) {
    map_.put(row.key, {block.value}, row.value, row.weight);
  }
  const VersionedMap& map() const { return map_; }
  uint64_t bytes() const { return map_.bytes(); }

 private:
  VersionedMap map_;
};

}  // namespace facet
