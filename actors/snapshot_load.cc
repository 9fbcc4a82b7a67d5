#include "actors/snapshot_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <thread>
#include <utility>

namespace facet {

namespace {

/// A table, a view, or what the sequencer keeps. Its frames are restored in order, by one thread,
/// beside those of others.
struct Lane {
  std::vector<uint64_t> frames;
  std::optional<uint32_t> view;
};

/// The longest first, so that nobody is left alone with it.
struct Lanes {
  std::vector<Lane> first;  // of tables and the sequencer
  std::vector<Lane> views;  // after these: what is below joins is joined to the tables' rows
};

/// Throws LogFailed if a frame has no kind.
Lanes lanesOf(const SnapshotReader& reader) {
  enum class Of : uint8_t { sequencer, table, view };
  std::map<std::pair<Of, uint32_t>, Lane> lanes;
  uint64_t frame = 0;
  reader.read([&](std::string_view bytes) {
    const FrameKind kind = frameKind(bytes);
    Of of = Of::view;
    if (kind.part == StatePart::table) of = Of::table;
    if (kind.part == StatePart::deduplication || kind.part == StatePart::streams) {
      of = Of::sequencer;
    }
    Lane& lane = lanes[{of, of == Of::sequencer ? 0 : kind.index}];
    if (of == Of::view) lane.view = kind.index;
    lane.frames.push_back(frame++);
  });
  Lanes out;
  for (auto& [of, lane] : lanes) (lane.view ? out.views : out.first).push_back(std::move(lane));
  for (std::vector<Lane>* some : {&out.first, &out.views}) {
    std::stable_sort(some->begin(), some->end(), [](const Lane& a, const Lane& b) {
      return a.frames.size() > b.frames.size();
    });
  }
  return out;
}

/// Calls work(lane) for each, by as many threads as there are processors. Throws what one throws,
/// when all have ended.
void runBeside(const std::vector<Lane>& lanes, const std::function<void(const Lane&)>& work) {
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t i = next++; i < lanes.size(); i = next++) work(lanes[i]);
  };
  std::vector<std::future<void>> workers;
  const size_t threads = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  for (size_t i = 0; i < std::min(threads, lanes.size()); ++i) {
    workers.push_back(std::async(std::launch::async, run));
  }
  for (std::future<void>& worker : workers) worker.wait();
  for (std::future<void>& worker : workers) worker.get();
}

class Loader {
 public:
  Loader(const SnapshotManifest& manifest, const LoadTargets& targets)
      : manifest_(manifest),
        targets_(targets),
        model_(targets.tables->model()),
        tableDigests_(model_.tables().size()),
        atHeld_(targets.views.size()),
        finished_(targets.views.size()) {
    requireRelations();
    for (size_t v = 0; v < targets_.views.size(); ++v) {
      if (targets_.views[v] == nullptr) continue;
      const std::optional<Position> held = manifest_.views[v].held;
      atHeld_[v] = held.has_value();
      begin(v, held.value_or(manifest_.position()));
    }
  }

  void take(std::string_view frame) {
    const FrameKind kind = frameKind(frame);
    switch (kind.part) {
      case StatePart::table:
        return takeTable(kind.index, frame);
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
    if (view >= targets_.views.size() || targets_.views[view] == nullptr) return;
    leaveHeld(view);
    finishShards(view);
    finished_[view] = true;
  }

  /// All frames have been taken.
  void finish() {
    targets_.sequencer->restoreAt(manifest_.commit.block);
    targets_.tables->restoreAt(manifest_.position());
    for (size_t t = 0; t < tableDigests_.size(); ++t) {
      requireDigest("table", manifest_.tables[t], tableDigests_[t], manifest_.tables[t].digest);
    }
    for (size_t v = 0; v < targets_.views.size(); ++v) {
      if (targets_.views[v] == nullptr) continue;
      if (!finished_[v]) finishView(v);  // it has no frames
    }
    for (size_t v = 0; v < targets_.views.size(); ++v) {
      if (targets_.views[v] == nullptr) continue;
      const SnapshotRelation& relation = manifest_.views[v];
      requireDigest("view", relation, digest(v, manifest_.position()), relation.digest);
      targets_.views[v]->restoreAt(manifest_.position(), relation.held);
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& what) {
    throw LogFailed("the snapshot is damaged: " + what);
  }

  void requireRelations() const {
    if (manifest_.tables.size() != model_.tables().size() ||
        manifest_.views.size() != targets_.views.size()) {
      refuse("it has other tables and views than its model");
    }
  }

  static void requireDigest(const char* kind, const SnapshotRelation& relation, uint128 found,
                            uint128 expected) {
    if (found == expected) return;
    refuse(fmt::format("the rows of {} {} have not the digest that its manifest names", kind,
                       relation.name));
  }

  void begin(size_t view, Position at) {
    LiveView& live = *targets_.views[view];
    for (size_t s = 0; s < live.shardCount(); ++s) live.shard(s).beginRestore(at);
  }

  void finishShards(size_t view) {
    LiveView& live = *targets_.views[view];
    for (size_t s = 0; s < live.shardCount(); ++s) live.shard(s).finishRestore();
  }

  uint128 digest(size_t view, Position at) const {
    const LiveView& live = *targets_.views[view];
    uint128 sum = 0;
    for (size_t s = 0; s < live.shardCount(); ++s) sum += live.shard(s).digest(at);
    return sum;
  }

  /// The rows of the held cut are all there; those of the snapshot's own follow.
  void leaveHeld(size_t view) {
    if (!atHeld_[view]) return;
    atHeld_[view] = false;
    finishShards(view);
    const SnapshotRelation& relation = manifest_.views[view];
    requireDigest("view", relation, digest(view, *relation.held), relation.heldDigest);
    begin(view, manifest_.position());
  }

  void takeTable(uint32_t table, std::string_view frame) {
    if (table >= tableDigests_.size()) refuse("a frame of a table that is not there");
    const TableType& type = model_.tables()[table];
    forEachEntry(frame, [&](const StateEntry& row) {
      if (!isValidRow(type.keyLayout, row.key) || !isValidRow(type.restLayout, row.value)) {
        refuse(fmt::format("a row of table {} is malformed", type.relation.name));
      }
      targets_.tables->restore(table, row.key, row.value, manifest_.position());
      tableDigests_[table] += digestOf(row.key, row.value);
    });
  }

  void takeView(FrameKind kind, std::string_view frame) {
    if (kind.index >= targets_.views.size()) refuse("a frame of a view that is not there");
    if (targets_.views[kind.index] == nullptr) return;
    if (kind.part != StatePart::heldRows) leaveHeld(kind.index);
    LiveView& view = *targets_.views[kind.index];
    forEachEntry(frame, [&](const StateEntry& entry) {
      view.shard(view.shard(0).ownerOf(kind.part, entry)).restore(kind.part, entry);
    });
  }

  const SnapshotManifest& manifest_;
  const LoadTargets& targets_;
  const Model& model_;
  std::vector<uint128> tableDigests_;
  // By view: its rows are those of the held cut. No bits: each is another thread's.
  std::vector<char> atHeld_;
  std::vector<char> finished_;
};

}  // namespace

void loadSnapshot(const SnapshotReader& reader, const SnapshotManifest& manifest,
                  const LoadTargets& targets) {
  Loader loader(manifest, targets);
  const Lanes lanes = lanesOf(reader);
  const auto restore = [&](const Lane& lane) {
    for (const uint64_t frame : lane.frames) {
      reader.readSome(frame, 1, [&](std::string_view bytes) { loader.take(bytes); });
    }
    if (lane.view) loader.finishView(*lane.view);
  };
  runBeside(lanes.first, restore);
  runBeside(lanes.views, restore);
  loader.finish();
}

}  // namespace facet
