// Streams: how many commands with each value of their stream field were accepted: what a client's
// expected version is compared with. A fold over the log's blocks. Thread: belongs to the
// sequencer.
#pragma once

#include <cstdint>

#include "model/record.h"
#include "views/versioned_map.h"

namespace facet {

class Streams {
 public:
  /// `key`: the packed row (name of the stream field, its value) that BlockBuilder::addStream takes
  /// too.
  int64_t version(Row key) const;
  /// One more accepted command; holds from the position `first` on (the batch's first event).
  void step(Row key, Position first);
  void unstep(Row key, Position first);
  void fold(const Block& block, Position firstEvent);
  void rollback(Position last) { map_.rollback(last); }
  void reclaim(Position horizon, Position next) { map_.reclaim(horizon, next); }
  uint64_t bytes() const { return map_.bytes(); }

 private:
  void add(Row key, Position first, int64_t steps);
  VersionedMap map_;
};

}  // namespace facet
