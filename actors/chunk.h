// Chunk: a committed (or replayed) chunk of events in memory, on its way to the projections.
// Immutable, shared: it lives until the last view has applied it.
#pragma once

#include <memory>
#include <vector>

#include "storage/chunk.h"
#include "views/chunk_input.h"

namespace facet {

struct Chunk {
  std::vector<std::vector<uint64_t>> memory;  // what the blocks lie in
  std::vector<TimedBlock> blocks;
  std::vector<TableChange> changes;
  ChunkNumber number;  // in the log
  Position first;
  Position last;
  size_t bytes = 0;

  ChunkInput input() const { return {first, last, blocks, changes}; }
};
using ChunkPtr = std::shared_ptr<const Chunk>;

}  // namespace facet
