// Recovery: from a log to a running state: which log it is, which models it had, and the fold of
// its events into tables, deduplication and (through the same projections that serve later) views.
// Thread: main, before the node takes commands.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/commands/chunk.h"
#include "actors/commands/sequencer.h"
#include "actors/log/control.h"
#include "storage/event_log.h"

namespace facet {

/// Whether the log ends, or ended once, with `end`: the chunk before it is there, and the one that
/// is meant. By the chain, everything before it is, too. Throws LogFailed.
bool hasPlace(const EventLog& log, const LogEnd& end);

/// What the log says about itself.
struct LogHistory {
  bool empty = true;
  LogId id;
  std::vector<std::vector<ModelFile>> models;  // in order
  struct Control {
    ChunkNumber number;  // 0: it came with a snapshot
    std::string payload;
  };
  std::vector<Control> controls;   // where it says so
  std::vector<EpochStart> epochs;  // but the first one, in order
  std::vector<SkipRecord> skips;   // in order; without their rows
};
/// `known`: payloads of the control chunks before `from`, after which the rest is looked through.
/// Throws LogFailed.
LogHistory readHistory(const EventLog& log, const std::vector<std::string>& known = {},
                       ChunkNumber from = {0});
/// A control chunk more.
void addControl(ChunkNumber number, std::string_view payload, LogHistory& history);

/// The model that the log's events are read with: `wanted`, with the log's indexes of events and
/// tables, or the log's own if `wanted` is null. `changed`: it differs from the log's last one and
/// is to be recorded. Throws ModelError if it does not fit.
struct ChosenModel {
  std::shared_ptr<const Model> model;
  bool changed = false;
};
ChosenModel chooseModel(const LogHistory& history, const Model* wanted);

/// Appends birth and model to an empty log, in one commit; the model to one that has another, or
/// none: a log of an older version may have been cut short between the two.
void recordModel(EventLog& log, const LogHistory& history, const Model& model, LogId newId,
                 int64_t now);
/// Appends the record of a new epoch: what others have of the epochs before, beyond the log's end,
/// is not of this history.
void recordEpoch(EventLog& log, std::string_view reason, int64_t now);

/// Whether a chunk of the log is folded: one of events, or a control record that takes a position.
inline bool isFolded(const ChunkRef& chunk) {
  return chunk.header->kind == ChunkKind::events || chunk.header->events > 0;
}
/// Folds such a chunk into the sequencer; what comes out is for the projections.
ChunkPtr foldChunk(const ChunkRef& chunk, Sequencer& sequencer);

/// Folds the log's events from a chunk on: blocks into the sequencer; chunks go to `chunk`, which
/// may wait, several as one (kRecoveryFoldBytes, kRecoveryNotedChunks), but those after
/// `singlyAfter` one by one.
void foldLog(const EventLog& log, ChunkNumber from, Sequencer& sequencer,
             const std::function<void(ChunkPtr)>& chunk, Position singlyAfter = {UINT64_MAX});

}  // namespace facet
