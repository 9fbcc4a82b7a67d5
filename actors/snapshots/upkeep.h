// Upkeep: what an operator has a running node do with its views: verify them against the log,
// rebuild one. One thing at a time, and not beside a snapshot: whoever comes second waits.
// Thread: any; the calls take long.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/log/skip.h"
#include "actors/snapshots/rebuild.h"
#include "actors/snapshots/verification.h"

namespace facet {

class Upkeep {
 public:
  struct Options {
    std::shared_ptr<const Model> model;
    const EventLog* log = nullptr;
    const SnapshotStore* store = nullptr;
    /// A reader, which others may have too; null: it is not there any more.
    std::function<std::shared_ptr<const SnapshotReader>(const std::string& name)> open;
    /// One of them is damaged: it is set aside.
    std::function<void(const std::string& name, const std::string& what)> damaged;
    Cuts* cuts = nullptr;
    const Tables* tables = nullptr;
    std::vector<LiveView*> views;
    std::vector<const LiveRelation*> relations;  // tables, then views
    std::function<Position()> head;
    /// Has a view's projections stand still; calls back for each of its shards. And go on.
    std::function<void(size_t view, const std::function<void()>& paused)> pause;
    std::function<void(size_t view)> resume;
    /// Bytes that the node's state takes, and may take.
    std::function<uint64_t()> memoryBytes;
    uint64_t memoryLimit = 0;
    /// Whoever has it alone looks at the views' state as a whole.
    std::mutex* exclusive = nullptr;
  };

  explicit Upkeep(Options options);

  /// Throws std::runtime_error if there is no memory for it, or the node stops.
  Verification verify();
  /// std::invalid_argument: there is no such view.
  Rebuilt rebuild(std::string_view view);

  /// The record that has the view take back the event at the position (`skips`: those of the log).
  /// std::invalid_argument: that would not help.
  SkipRecord prepareSkip(std::string_view view, Position position,
                         const std::vector<SkipRecord>& skips);

  /// What is under way gives up.
  void stop() { stopping_ = true; }

 private:
  std::unique_ptr<Refold> newRefold(const std::vector<const LiveView*>& views, Position until);
  bool load(const std::string& snapshot, Position until, Refold& refold);
  LiveView& find(std::string_view name) const;
  uint64_t copyBytes(const LiveView& view) const;
  void requireHelp(const LiveView& view, const SkipRecord& skip);
  void requireMemory(uint64_t bytes) const;
  std::optional<Position> pauseAll(LiveView& view);
  void dropOlder(LiveView& view);

  Options options_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards paused_
  std::condition_variable changed_;
  size_t paused_ = 0;
};

}  // namespace facet
