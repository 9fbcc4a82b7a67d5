#include "actors/recover.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "actors/log/recovery.h"
#include "actors/log_model.h"
#include "actors/snapshots/refold.h"
#include "actors/snapshots/snapshot_load.h"
#include "actors/snapshots/snapshot_match.h"
#include "actors/snapshots/snapshot_search.h"
#include "values/assert.h"

namespace facet {

namespace {

/// Between two looks at the progress, and in a second.
constexpr int64_t kProgressMicros = 100'000;
constexpr double kMicros = 1e6;

/// How long it has taken, and who is shown it.
class Progress {
 public:
  /// `before`: what has been taken already, µs.
  Progress(const NodeOptions& options, int64_t before)
      : options_(options), began_(options.clocks.steady->now() - before), shown_(began_) {}

  double seconds() const {
    return static_cast<double>(options_.clocks.steady->now() - began_) / kMicros;
  }
  void show(uint64_t done, uint64_t total) {
    const int64_t now = options_.clocks.steady->now();
    if (!options_.progress || now - shown_ < kProgressMicros) return;
    shown_ = now;
    options_.progress(done, total, seconds());
  }

 private:
  const NodeOptions& options_;
  const int64_t began_;
  int64_t shown_;
};

/// A state that is filled, and where the log goes on from there.
struct Filled {
  std::unique_ptr<NodeState> state;
  ChunkNumber next;
  Position snapshot;
  std::vector<std::string> views;  // that the snapshot had not
};

/// A state with all of the log in it, and its actors, which end before it.
struct Folded {
  std::unique_ptr<NodeState> state;
  std::unique_ptr<Broadcast> broadcast;
  Node::Recovery figures;
};

/// Fills states from snapshots and the log, as often as one is asked for.
class Filler {
 public:
  Filler(const OpenedLog& opened, const LogModel& model, const NodeOptions& options,
         NodeReports& reports, DigestSink* digests, SnapshotSearch& search,
         std::vector<FoundSnapshot> found)
      : opened_(opened),
        model_(model.model),
        options_(options),
        reports_(reports),
        digests_(digests),
        search_(search),
        found_(std::move(found)),
        progress_(options, opened.micros) {}

  /// Chunks after `singlyAfter` are folded one by one.
  Folded fold(Position singlyAfter);

 private:
  std::unique_ptr<NodeState> newState(Position start);
  Filled fill();
  std::optional<Filled> loadNewest();
  Filled load(const FoundSnapshot& snapshot);
  void fillNewViews(const SnapshotManifest& manifest, Filled& filled);
  const EventLog& log() const { return *opened_.log; }

  const OpenedLog& opened_;
  const std::shared_ptr<const Model> model_;
  const NodeOptions& options_;
  NodeReports& reports_;
  DigestSink* const digests_;
  SnapshotSearch& search_;
  std::vector<FoundSnapshot> found_;  // newest first; those that are of no use go
  bool hasLookedAside_ = false;
  Progress progress_;
};

std::unique_ptr<NodeState> Filler::newState(Position start) {
  return std::make_unique<NodeState>(model_, options_.shards, start, *options_.clocks.steady,
                                     reports_);
}

Filled Filler::fill() {
  std::optional<Filled> loaded = loadNewest();
  if (!loaded && !std::exchange(hasLookedAside_, true)) {
    found_ = search_.takeBackSound();
    loaded = loadNewest();
  }
  if (loaded) {
    fillNewViews(found_.front().manifest, *loaded);
    return std::move(*loaded);
  }
  if (log().begin().next.value > 0) search_.throwNoSnapshot();
  return {newState({0}), {}, {}, {}};
}

/// The first one of found_. Those that are not used are told of, and are not in it any more.
std::optional<Filled> Filler::loadNewest() {
  for (; !found_.empty(); found_.erase(found_.begin())) {
    const FoundSnapshot& snapshot = found_.front();
    if (const std::string why = whyUnused(snapshot.manifest, *model_, log()); !why.empty()) {
      const bool isWhole = log().begin().next.value == 0;
      options_.notice(fmt::format("snapshot {} is not used: {}{}", snapshot.name, why,
                                  isWhole ? "; the views are filled from the log" : ""));
      continue;
    }
    try {
      return patiently([&] { return load(snapshot); });
    } catch (const LogUnreadable& e) {
      search_.leaveUnread(snapshot.name, e);
    } catch (const LogFailed& e) {
      search_.setAside(snapshot.name, e.what());
    }
  }
  return std::nullopt;
}

Filled Filler::load(const FoundSnapshot& snapshot) {
  const SnapshotManifest& manifest = snapshot.manifest;
  Filled out{newState(manifest.position()), manifest.commit.end.next, manifest.position(), {}};
  loadSnapshot(*opened_.store->open(snapshot.name), manifest,
               {&out.state->tables(), &out.state->sequencer(), out.state->views()});
  return out;
}

/// What the snapshot has not is folded from the log alone, beside, up to where the snapshot is.
void Filler::fillNewViews(const SnapshotManifest& manifest, Filled& filled) {
  const std::vector<uint32_t> newViews = matchSnapshot(manifest, *model_).newViews;
  if (newViews.empty()) return;
  const Position until = manifest.position();
  options_.notice(fmt::format("the snapshot at {} has not {}: filled from the log", until,
                              viewNames(*model_, newViews)));
  std::vector<const LiveView*> like(filled.state->views().size());
  for (const uint32_t view : newViews) {
    like[view] = filled.state->views()[view];
    filled.views.push_back(model_->views()[view].name);
  }
  Refold refold(model_, like);
  refold.fold(log(), until, [&](Position at) {
    progress_.show(at.value, until.value);
    return true;
  });
  FACET_ASSERT(refold.at() == until, refold.at(), until);
  for (const uint32_t view : newViews) {
    filled.state->views()[view]->takeOver(*refold.view(view), filled.state->tables());
  }
}

Folded Filler::fold(Position singlyAfter) {
  Filled filled = fill();
  const Position before = filled.snapshot;
  const LogEnd end = log().end();
  FACET_ASSERT(before <= end.last, before, end.last);
  Folded out;
  out.state = std::move(filled.state);
  out.broadcast = std::make_unique<Broadcast>(*out.state, options_.threads, reports_.changes(),
                                              reports_, digests_);
  foldLog(
      log(), filled.next, out.state->sequencer(),
      [&](const ChunkPtr& chunk) {
        out.broadcast->push(chunk);
        progress_.show(chunk->last.value - before.value, end.last.value - before.value);
      },
      singlyAfter);
  out.broadcast->waitApplied(end.last, std::chrono::hours(24));
  out.state->begin(end);
  out.figures = {end.last.value - before.value, progress_.seconds(), before,
                 std::move(filled.views)};
  return out;
}

}  // namespace

RecoveredState recover(OpenedLog opened, const LogOrigin& origin, const NodeOptions& options,
                       NodeReports& reports, DigestSink* digests) {
  SnapshotSearch search(*opened.folder, *opened.store, *opened.log, origin.followed,
                        options.notice);
  std::vector<FoundSnapshot> found = search.find();
  if (found.empty()) found = search.takeBackSound();
  if (opened.log->begin().next.value > 0 && found.empty()) search.throwNoSnapshot();
  LogModel model = settleModel(opened, origin, options, found);
  Filler filler(opened, model, options, reports, digests, search, std::move(found));
  std::optional<Folded> folded = filler.fold({UINT64_MAX});
  // Chunks are folded many as one: a view that an error degraded among them stands before all of
  // these. Once more, and one by one from there on, it stands where it stood before the restart.
  if (const auto held = folded->state->firstHeld(folded->figures.snapshot)) {
    folded.reset();
    folded = filler.fold(*held);
  }
  return {std::move(opened),
          model.logId,
          std::make_unique<ControlHistory>(std::move(model.history)),
          std::move(folded->state),
          std::move(folded->broadcast),
          std::move(folded->figures)};
}

}  // namespace facet
