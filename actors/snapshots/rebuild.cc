#include "actors/snapshots/rebuild.h"

#include <stdexcept>

#include "actors/snapshots/limits.h"

namespace facet {

namespace {

[[noreturn]] void giveUp() {
  throw std::runtime_error("the node stops; the view is as it was");
}

}  // namespace

Rebuilt rebuild(LiveView& view, Refold& refold, const Tables& tables, const RebuildSteps& steps) {
  const auto goOn = [&](Position) { return !steps.stopping(); };
  // Each round has less to do than the one before, unless the log grows faster than it is folded.
  for (int round = 0; round < kRebuildRounds; ++round) {
    const Position head = steps.head();
    if (head.value < refold.at().value + kRebuildNear) break;
    if (!refold.fold(*steps.log, head, goOn)) giveUp();
  }
  const std::optional<Position> at = steps.pause();
  if (!at) giveUp();
  try {
    if (!refold.fold(*steps.log, *at, goOn)) giveUp();
  } catch (...) {
    steps.resume();
    throw;
  }
  LiveView& copy = *refold.view(view.index());
  Rebuilt out;
  out.position = *at;
  out.events = refold.events();
  out.before = view.digest(*at);
  out.after = copy.digest(*at);
  std::vector<std::unique_ptr<ViewShard>> shards = copy.releaseShards();
  for (const auto& shard : shards) shard->useTables(tables);
  view.adopt(std::move(shards), *at);
  steps.resume();
  return out;
}

}  // namespace facet
