// Whether a chunk from outside can be folded: blocks and rows are read by pointers, so every byte
// of them is looked at before. Thread: pure functions.
#pragma once

#include <vector>

#include "actors/log/control.h"
#include "storage/checked_chunks.h"

namespace facet {

/// `model`: in force before the chunk, whose checksum is right. `log`: has all that is before it,
/// but for what is before its beginning; `skips`: those that it has. Throws BadChunk.
void requireFoldable(const ChunkRef& chunk, const Model& model, const EventLog& log,
                     const std::vector<SkipRecord>& skips);
/// The same of a chunk of events alone.
void requireValidEvents(const ChunkRef& chunk, const Model& model);

}  // namespace facet
