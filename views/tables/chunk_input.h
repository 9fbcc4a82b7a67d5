// What one chunk of the log brings to the views. A value of pointers into memory that its owner
// keeps until every view has applied the chunk. Thread: immutable.
#pragma once

#include <cstdint>
#include <span>

#include "model/record.h"
#include "values/position.h"
#include "views/store/versioned_map.h"

namespace facet {

/// A row of a table before and after (a batch of) the chunk's events: the two are versions of the
/// same key in the tables' store. `before` or `after` may be null, or have weight 0: no row.
/// Several changes of one key come in order.
struct TableChange {
  uint32_t table = 0;
  const Version* before = nullptr;
  const Version* after = nullptr;
};

/// A block, and when it was committed.
struct TimedBlock {
  Block block;
  int64_t time = 0;
};

/// An event that a view takes back: an operator had it skipped.
struct SkippedEvent {
  uint32_t view = 0;  // in the model's views; it reads events of this type
  Position position;  // of the event
  int64_t time = 0;   // when it was committed
  Row row;
};

struct ChunkInput {
  Position first;  // of the first event
  Position last;   // of the last event: the position that holds once the chunk is applied
  std::span<const TimedBlock> blocks;
  std::span<const TableChange> changes;
  std::span<const SkippedEvent> skipped = {};
};

}  // namespace facet
