// Upkeep: what an operator has a running node do with its views: verify them against the log,
// rebuild one. One thing at a time, and not beside a snapshot: whoever comes second waits.
// Thread: any; the calls take long.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "actors/log/skip.h"
#include "actors/snapshots/rebuild.h"
#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/verification.h"

namespace facet {

/// The node that is looked after.
class UpkeepHost {
 public:
  /// Has a view's projections stand still; `paused` is called for each of its shards, on their
  /// threads.
  virtual void pause(size_t view, const std::function<void()>& paused) = 0;
  virtual void resume(size_t view) = 0;
  /// That its state takes.
  virtual uint64_t memoryBytes() const = 0;

 protected:
  ~UpkeepHost() = default;
};

class Upkeep {
 public:
  struct Options {
    std::shared_ptr<const Model> model;
    const EventLog* log = nullptr;
    const LagClock* lag = nullptr;  // of it
    const SnapshotStore* store = nullptr;
    Snapshots* snapshots = nullptr;
    Cuts* cuts = nullptr;
    const Tables* tables = nullptr;
    std::vector<LiveView*> views;
    std::vector<const LiveRelation*> relations;  // tables, then views
    UpkeepHost* host = nullptr;
    uint64_t memoryLimit = 0;
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
  class Standstill;
  Position pauseAll(LiveView& view);
  std::mutex& exclusive() { return options_.snapshots->exclusive(); }
  void dropOlder(LiveView& view);

  Options options_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards paused_
  std::condition_variable changed_;
  size_t paused_ = 0;
};

}  // namespace facet
