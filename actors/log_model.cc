#include "actors/log_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

/// The control chunks from this one on.
void addControlsFrom(const EventLog& log, ChunkNumber next, LogHistory& history) {
  FACET_ASSERT(next < log.end().next, next.value);
  log.read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
    addControl(chunk.header->number, chunk.payload, history);
    return true;
  });
}

/// Views that a log which begins later can't fill are refused, before anything is written.
void requireFilled(const EventLog& log, const Model& model,
                   const std::vector<FoundSnapshot>& found) {
  if (log.begin().next.value == 0) return;
  const bool isFilled = std::any_of(found.begin(), found.end(), [&](const FoundSnapshot& one) {
    return whyUnused(one.manifest, model, log).empty();
  });
  if (isFilled) return;
  FACET_ASSERT(!found.empty());
  throw std::invalid_argument(fmt::format(
      "the log begins after position {}, with a snapshot: this model is not the log's, and its "
      "views can't be filled, since the events before are not here ({}). Serve the model of the "
      "log; other views need a node that has the whole log",
      log.begin().last, whyUnused(found.front().manifest, model, log)));
}

}  // namespace

LogModel settleModel(OpenedLog& opened, const LogOrigin& origin, const NodeOptions& options,
                     const std::vector<FoundSnapshot>& found) {
  EventLog& log = *opened.log;
  LogHistory history = historyAfter(log, found);
  const ChosenModel chosen = chooseModel(history, options.model.get());
  if (!chosen.model) throw std::invalid_argument("a new data folder needs a model");
  const LogId id = history.empty ? makeLogId() : origin.followed.value_or(history.id);
  const int64_t now = options.clocks.wall->now();
  if (chosen.changed) {
    requireFilled(log, *chosen.model, found);
    const ChunkNumber next = log.end().next;
    recordModel(log, history, *chosen.model, id, now);
    addControlsFrom(log, next, history);
  }
  // Of a replica that is made the primary, and of a log that begins anew: what others have of the
  // epoch before, and is not here, is of another history from now on.
  if (!origin.newEpoch.empty()) {
    const ChunkNumber next = log.end().next;
    recordEpoch(log, origin.newEpoch, now);
    addControlsFrom(log, next, history);
    opened.folder->forgetFollowed();
  }
  return {chosen.model, id, std::move(history)};
}

}  // namespace facet
