// Capture: a node's state at one cut, read beside its writers, as the frames of a snapshot. Nobody
// waits for it, and it waits for nobody but at its beginning, for the views to reach a common cut.
// Thread: the snapshot's own.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "actors/commands/sequencer.h"
#include "actors/log/commit_index.h"
#include "actors/snapshots/snapshot_format.h"
#include "views/live_view.h"

namespace facet {

/// What is captured: all of it outlives the capture.
struct CaptureSources {
  std::shared_ptr<const Model> model;
  Cuts* cuts = nullptr;
  const Tables* tables = nullptr;
  const Sequencer* sequencer = nullptr;
  std::vector<LiveView*> views;
  const CommitIndex* commits = nullptr;
};

class Capture {
 public:
  /// Waits for `condition`; false if there is no use in it any more (the node stops).
  using Wait = std::function<bool(const std::function<bool()>& condition)>;

  /// Chooses the cut: `head`, which is durable, or a later one. Throws std::runtime_error if it
  /// can't be had.
  Capture(const CaptureSources& sources, Position head, const Wait& wait);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  const Commit& commit() const { return commit_; }

  /// Sends all frames to `write`, in order; what it throws ends the capture. Once: then the writers
  /// are free again.
  using Write = std::function<void(std::string_view frame)>;
  void run(const Write& write);

  /// After run().
  const std::vector<SnapshotRelation>& tables() const { return tables_; }
  const std::vector<SnapshotRelation>& views() const { return views_; }

 private:
  void release();
  void runTable(uint32_t table, const Write& write);
  void runView(uint32_t view, const Write& write);
  void runMap(FrameKind kind, const VersionedMap& map, Position at, const Write& write);
  bool hasErrors(const LiveView& view) const;
  /// Visits everything, some at a time: between the slices no pointer into the state is held.
  using Slice =
      std::function<void(VersionedMap::Cursor&, const std::function<bool(const StateEntry&)>&)>;
  void scan(FrameKind kind, const Slice& slice, const Write& write);

  CaptureSources sources_;
  Cuts::Pin pin_;
  Commit commit_;
  std::vector<std::optional<Position>> held_;  // by view
  FrameBuilder frame_;
  std::vector<SnapshotRelation> tables_;
  std::vector<SnapshotRelation> views_;
};

}  // namespace facet
