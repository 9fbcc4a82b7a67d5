#include "actors/snapshots/snapshot_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "actors/snapshots/snapshot_match.h"
#include "values/assert.h"

namespace facet {

namespace {

/// A table, a view, or what the sequencer keeps. Its frames are restored in order, by one thread,
/// beside those of others.
struct Lane {
  struct Part {
    FrameRun run;
    uint64_t first = 0;  // frame
  };
  std::vector<Part> parts;
  uint64_t frames = 0;
  std::optional<uint32_t> table;  // by number in the model
  std::optional<uint32_t> view;   // by number in the snapshot
  std::vector<uint32_t> after;    // tables that the view joins
};

/// Of what is loaded. The longest first, so that nobody is left alone with it; but before them the
/// tables that views wait for.
std::vector<Lane> lanesOf(const SnapshotManifest& manifest, const SnapshotMatch& match,
                          const LoadTargets& targets) {
  enum class Of : uint8_t { sequencer, table, view };
  std::map<std::pair<Of, uint32_t>, Lane> lanes;
  uint64_t first = 0;
  for (const FrameRun& run : manifest.frames) {
    const auto [part, index] = run.kind;
    Of of = Of::view;
    if (part == StatePart::table) of = Of::table;
    if (part == StatePart::deduplication || part == StatePart::streams) of = Of::sequencer;
    Lane& lane = lanes[{of, of == Of::sequencer ? 0 : index}];
    if (of == Of::table) lane.table = match.tables[index];
    if (of == Of::view) lane.view = index;
    lane.parts.push_back({run, first});
    lane.frames += run.count;
    first += run.count;
  }
  std::vector<Lane> out;
  std::set<uint32_t> joined;
  for (auto& [of, lane] : lanes) {
    if (lane.view) {
      const LiveView* const view = match.target(*lane.view, targets.views);
      if (view == nullptr) continue;
      lane.after = view->plan()->joinedTables();
      joined.insert(lane.after.begin(), lane.after.end());
    }
    out.push_back(std::move(lane));
  }
  const auto isFirst = [&](const Lane& lane) { return lane.table && joined.contains(*lane.table); };
  std::stable_sort(out.begin(), out.end(), [&](const Lane& a, const Lane& b) {
    return isFirst(a) != isFirst(b) ? isFirst(a) : a.frames > b.frames;
  });
  return out;
}

/// Who restores which lane when. Any thread.
class Schedule {
 public:
  explicit Schedule(std::vector<Lane> lanes) : lanes_(std::move(lanes)), states_(lanes_.size()) {}

  const std::vector<Lane>& lanes() const { return lanes_; }

  /// The first lane that nobody has taken and that need not wait; waits for one. Null: there is
  /// none left, or somebody gave up.
  const Lane* take() {
    std::unique_lock lock(mutex_);
    for (;;) {
      bool isLeft = false;
      for (size_t i = 0; i < lanes_.size() && !givenUp_; ++i) {
        if (states_[i] != State::waiting) continue;
        isLeft = true;
        if (!isReady(lanes_[i])) continue;
        states_[i] = State::taken;
        return &lanes_[i];
      }
      if (!isLeft) return nullptr;
      changed_.wait(lock);
    }
  }

  void finish(const Lane& lane) {
    change([&] {
      State& state = states_[static_cast<size_t>(&lane - lanes_.data())];
      FACET_ASSERT(state == State::taken, static_cast<int>(state));
      state = State::done;
    });
  }
  void giveUp() {
    change([&] { givenUp_ = true; });
  }

 private:
  enum class State : uint8_t { waiting, taken, done };

  bool isReady(const Lane& lane) const {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (states_[i] == State::done || !lanes_[i].table) continue;
      const std::vector<uint32_t>& after = lane.after;
      if (std::find(after.begin(), after.end(), *lanes_[i].table) != after.end()) return false;
    }
    return true;
  }

  template <typename Change>
  void change(Change&& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Lane> lanes_;
  std::vector<State> states_;
  bool givenUp_ = false;
};

class Loader {
 public:
  Loader(const SnapshotManifest& manifest, const LoadTargets& targets)
      : manifest_(manifest),
        targets_(targets),
        model_(targets.tables->model()),
        match_(matchSnapshot(manifest, model_)),
        atHeld_(manifest.views.size()),
        finished_(manifest.views.size()) {
    requireRelations();
    for (size_t v = 0; v < manifest_.views.size(); ++v) {
      if (view(v) == nullptr) continue;
      const std::optional<Position> held = manifest_.views[v].held;
      atHeld_[v] = held.has_value();
      begin(v, held.value_or(manifest_.position()));
    }
  }

  std::vector<Lane> lanes() const { return lanesOf(manifest_, match_, targets_); }

  /// All frames have been taken.
  void finish() {
    targets_.sequencer->restoreAt(manifest_.commit.block);
    targets_.tables->restoreAt(manifest_.position());
    for (uint32_t t = 0; t < manifest_.tables.size(); ++t) {
      const SnapshotRelation& relation = manifest_.tables[t];
      requireDigest("table", relation,
                    targets_.tables->digest(*match_.tables[t], manifest_.position()),
                    relation.digest);
    }
    for (size_t v = 0; v < manifest_.views.size(); ++v) {
      if (view(v) == nullptr) continue;
      if (!finished_[v]) finishView(v);  // it has no frames
      const SnapshotRelation& relation = manifest_.views[v];
      requireDigest("view", relation, loaded(v).digest(manifest_.position()), relation.digest);
      loaded(v).restoreAt(manifest_.position(), relation.held);
    }
  }

  void requireFrames(uint64_t there) const {
    uint64_t named = 0;
    for (const auto& [kind, count, entries] : manifest_.frames) {
      if (count > there) refuse("it has fewer frames than its manifest says");
      named += count;
      if (kind.part == StatePart::table && kind.index >= manifest_.tables.size()) {
        refuse("a frame of a table that is not there");
      }
      if (kind.part < StatePart::table && kind.index >= manifest_.views.size()) {
        refuse("a frame of a view that is not there");
      }
    }
    if (named != there) refuse("it has another number of frames than its manifest says");
  }

  void take(const SnapshotReader& reader, const Lane& lane) {
    for (const Lane::Part& part : lane.parts) {
      reserve(part.run);
      for (uint64_t i = 0; i < part.run.count; ++i) {
        reader.readSome(part.first + i, 1,
                        [&](std::string_view frame) { takeFrame(part.run.kind, frame); });
      }
    }
    if (lane.view) finishView(*lane.view);
  }

 private:
  [[noreturn]] static void refuse(const std::string& what) {
    throw LogFailed("the snapshot is damaged: " + what);
  }

  /// What is to come.
  void reserve(const FrameRun& run) {
    const auto [part, index] = run.kind;
    if (part == StatePart::deduplication || part == StatePart::streams) return;
    if (part == StatePart::table) {
      targets_.tables->reserve(*match_.tables[index], run.entries);
      return;
    }
    LiveView& live = loaded(index);
    const size_t shards = live.shardCount();
    for (size_t s = 0; s < shards; ++s) live.shard(s).reserve(part, run.entries / shards + 1);
  }

  void takeFrame(FrameKind kind, std::string_view frame) {
    if (frameKind(frame) != kind) refuse("a frame of another kind than its manifest says");
    switch (kind.part) {
      case StatePart::table:
        return takeTable(*match_.tables[kind.index], frame);
      case StatePart::deduplication:
      case StatePart::streams:
        return forEachEntry(frame, [&](const StateEntry& entry) {
          targets_.sequencer->restore(kind.part, entry, manifest_.commit.block);
        });
      default:
        takeView(kind, frame);
    }
  }

  /// All of the view's frames have been taken.
  void finishView(size_t view) {
    FACET_ASSERT(!finished_[view], view);
    leaveHeld(view);
    finishShards(view);
    finished_[view] = true;
  }

  /// Null: not this one.
  LiveView* view(size_t number) const { return match_.target(number, targets_.views); }
  LiveView& loaded(size_t number) const {
    LiveView* const live = view(number);
    FACET_ASSERT(live != nullptr, number);
    return *live;
  }

  void requireRelations() const {
    FACET_ASSERT(match_.hindrance.empty(), match_.hindrance);
    if (manifest_.modelHash == model_.hash() &&
        (manifest_.tables.size() != model_.tables().size() ||
         manifest_.views.size() != model_.views().size())) {
      refuse("it has other tables and views than its model");
    }
  }

  static void requireDigest(const char* kind, const SnapshotRelation& relation, uint128 found,
                            uint128 expected) {
    if (found == expected) return;
    refuse(fmt::format("the rows of {} {} have not the digest that its manifest names", kind,
                       relation.name));
  }

  void begin(size_t number, Position at) {
    LiveView& live = loaded(number);
    for (size_t s = 0; s < live.shardCount(); ++s) live.shard(s).beginRestore(at);
  }

  void finishShards(size_t number) {
    LiveView& live = loaded(number);
    for (size_t s = 0; s < live.shardCount(); ++s) live.shard(s).finishRestore();
  }

  /// The rows of the held cut are all there; those of the snapshot's own follow.
  void leaveHeld(size_t number) {
    if (!atHeld_[number]) return;
    atHeld_[number] = false;
    finishShards(number);
    const SnapshotRelation& relation = manifest_.views[number];
    requireDigest("view", relation, loaded(number).digest(*relation.held), relation.heldDigest);
    begin(number, manifest_.position());
  }

  void takeTable(uint32_t table, std::string_view frame) {
    const TableType& type = model_.tables()[table];
    forEachEntry(frame, [&](const StateEntry& row) {
      if (!isValidRow(type.keyLayout, row.key) || !isValidRow(type.restLayout, row.value)) {
        refuse(fmt::format("a row of table {} is malformed", type.relation.name));
      }
      if (!targets_.tables->restore(table, row.key, row.value, manifest_.position())) {
        refuse(fmt::format("two rows of table {} have one key", type.relation.name));
      }
    });
  }

  void takeView(FrameKind kind, std::string_view frame) {
    if (kind.part != StatePart::heldRows) leaveHeld(kind.index);
    LiveView& live = loaded(kind.index);
    forEachEntry(frame, [&](const StateEntry& entry) {
      if (!live.shard(live.shard(0).ownerOf(kind.part, entry)).restore(kind.part, entry)) {
        refuse(fmt::format("two rows of view {} have one key", live.view()->name));
      }
    });
  }

  const SnapshotManifest& manifest_;
  const LoadTargets& targets_;
  const Model& model_;
  const SnapshotMatch match_;
  // By view of the snapshot: its rows are those of the held cut. No bits: each is another thread's.
  std::vector<char> atHeld_;
  std::vector<char> finished_;
};

}  // namespace

void loadSnapshot(const SnapshotReader& reader, const SnapshotManifest& manifest,
                  const LoadTargets& targets) {
  Loader loader(manifest, targets);
  loader.requireFrames(reader.end().next.value);
  Schedule schedule(loader.lanes());
  const auto work = [&] {
    try {
      while (const Lane* lane = schedule.take()) {
        loader.take(reader, *lane);
        schedule.finish(*lane);
      }
    } catch (...) {
      schedule.giveUp();
      throw;
    }
  };
  std::vector<std::future<void>> workers;
  const size_t threads = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  for (size_t i = 0; i < std::min(threads, schedule.lanes().size()); ++i) {
    workers.push_back(std::async(std::launch::async, work));
  }
  for (std::future<void>& worker : workers) worker.wait();
  for (std::future<void>& worker : workers) worker.get();
  loader.finish();
}

}  // namespace facet
