// Loading a snapshot: its frames into new tables, deduplication and views, whose shards may be of
// another number than those it was taken of. Thread: main, before the node takes commands; tables
// and views are restored side by side, by as many threads as there are processors, but a view after
// what it joins. Of a snapshot of another model everything is loaded that the targets' model knows
// (snapshot_match.h).
#pragma once

#include <vector>

#include "actors/commands/sequencer.h"
#include "actors/snapshots/snapshot_format.h"
#include "storage/snapshot_store.h"
#include "views/live_view.h"

namespace facet {

/// What a snapshot is loaded into, and compared with: nothing was folded into it.
struct LoadTargets {
  Tables* tables = nullptr;
  Sequencer* sequencer = nullptr;
  std::vector<LiveView*> views;  // by number in the model; null: not this one
};

/// A match with the targets' model must not be hindered. Throws LogFailed if the snapshot is
/// damaged, or its rows have not the digests that it names: the targets are of no use then.
void loadSnapshot(const SnapshotReader& reader, const SnapshotManifest& manifest,
                  const LoadTargets& targets);

}  // namespace facet
