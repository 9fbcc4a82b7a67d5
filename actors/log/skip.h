// Skipping: an operator has a view take back an event that its SELECT fails at, and that no command
// can correct. A control record says so (schema/log.capnp), and takes a position: there every node
// folds the event's row once more, with weight -1, so that its error rows, and whatever else it
// contributed, are gone. That is the same on replicas, after a restart, from a snapshot from before
// or after it, and in a fold of the whole log.
//
// Thread: pure functions; who looks at live state has a pin.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/commands/chunk.h"
#include "actors/log/control.h"
#include "views/live_view.h"

namespace facet {

/// What the record has the views do; nothing if the model has no such view any more (the number
/// and positions of the chunk are the caller's).
std::shared_ptr<Chunk> skipChunk(const SkipRecord& skip, const Model& model);

/// Sets type, time and row of the event at skip.position. False: there is none.
bool readEvent(const EventLog& log, SkipRecord& skip);
/// The record of the event at the position, for the view. Throws std::invalid_argument: nothing
/// there is for the view to take back (`skips`: what the log says already).
SkipRecord recordFor(const LiveView& view, Position position, const EventLog& log, Position head,
                     const std::vector<SkipRecord>& skips);
/// The positions of the events that the view takes back.
std::vector<Position> skippedBy(const ViewType& view, const std::vector<SkipRecord>& skips);
/// Whether the view's SELECT fails at the event's row by itself (`at`: pinned, for the tables).
bool failsAlone(const LiveView& view, const SkipRecord& skip, const Tables& tables, Position at);

}  // namespace facet
