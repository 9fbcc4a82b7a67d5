#include "actors/snapshots/rebuild.h"

#include <stdexcept>

#include "actors/snapshots/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

[[noreturn]] void giveUp() {
  throw std::runtime_error("the node stops; the view is as it was");
}

}  // namespace

Rebuilt rebuild(LiveView& view, Refold& refold, const Tables& tables, const EventLog& log,
                const LagClock& lag, RebuildHost& host) {
  const auto goOn = [&](Position) { return !host.isStopping(); };
  // Each round has less to do than the one before, unless the log grows faster than it is folded.
  for (int round = 0; round < kRebuildRounds; ++round) {
    const Position head = lag.head();
    if (head.value < refold.at().value + kRebuildNear) break;
    if (!refold.fold(log, head, goOn)) giveUp();
  }
  const Position at = host.pause();
  try {
    if (!refold.fold(log, at, goOn)) giveUp();
  } catch (...) {
    host.resume();
    throw;
  }
  FACET_ASSERT(refold.at() == at && view.applied() == at, refold.at(), view.applied(), at);
  LiveView& copy = *refold.view(view.index());
  Rebuilt out;
  out.position = at;
  out.events = refold.events();
  out.before = view.digest(at);
  out.after = copy.digest(at);
  std::vector<std::unique_ptr<ViewShard>> shards = copy.releaseShards();
  for (const auto& shard : shards) shard->useTables(tables);
  view.adopt(std::move(shards), at);
  host.resume();
  return out;
}

}  // namespace facet
