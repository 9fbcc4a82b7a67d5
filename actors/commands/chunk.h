// Chunk: a committed (or replayed) chunk of events in memory, on its way to the projections.
// Immutable, shared: it lives until the last view has applied it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/chunk.h"
#include "views/tables/chunk_input.h"

namespace facet {

struct Chunk {
  std::vector<std::vector<uint64_t>> memory;  // what the blocks lie in
  std::vector<TimedBlock> blocks;
  std::vector<TableChange> changes;
  std::vector<SkippedEvent> skipped;
  ChunkNumber number;  // in the log
  Position first;
  Position last;
  size_t bytes = 0;

  ChunkInput input() const { return {first, last, blocks, changes, skipped}; }
};
using ChunkPtr = std::shared_ptr<const Chunk>;

/// A control record that takes a position, on its way into the log (of a primary).
struct ControlRequest {
  std::vector<uint64_t> record;
  std::shared_ptr<Chunk>
      chunk;  // what it has the views do; first and last are set by the sequencer
  /// Once: it is durable, and on its way to the views; or why it was not recorded.
  std::function<void(Position position, const std::string& refused)> done;
};

}  // namespace facet
