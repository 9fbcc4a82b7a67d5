#include "actors/snapshots/upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "actors/log/limits.h"
#include "actors/snapshots/limits.h"
#include "actors/snapshots/snapshot_match.h"
#include "actors/threads/thread_priority.h"
#include "values/assert.h"

namespace facet {

namespace {

double secondsSince(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// A snapshot that is read to its end only if the node does not stop meanwhile.
class Stoppable final : public SnapshotReader {
 public:
  Stoppable(const SnapshotReader& reader, const std::atomic<bool>& stopping)
      : reader_(reader), stopping_(stopping) {}
  const std::string& manifest() const override { return reader_.manifest(); }
  const LogEnd& end() const override { return reader_.end(); }
  void read(const std::function<void(std::string_view)>& visit) const override {
    reader_.read([&](std::string_view frame) {
      goOn();
      visit(frame);
    });
  }
  uint64_t readSome(uint64_t from, size_t maxBytes,
                    const std::function<void(std::string_view)>& visit) const override {
    goOn();
    return reader_.readSome(from, maxBytes, visit);
  }

 private:
  void goOn() const {
    if (stopping_) throw std::runtime_error("the node stops");
  }
  const SnapshotReader& reader_;
  const std::atomic<bool>& stopping_;
};

}  // namespace

Upkeep::Upkeep(Options options) : options_(std::move(options)) {}

/// The fold takes what the state takes, at most.
void Upkeep::requireMemory(uint64_t bytes) const {
  const uint64_t used = options_.host->memoryBytes();
  const auto high =
      static_cast<uint64_t>(static_cast<double>(options_.memoryLimit) * kMemoryHighMark);
  if (used + bytes <= high) return;
  throw std::runtime_error(fmt::format(
      "a second copy takes up to {} MiB beside the {} MiB that are used, and --memory allows {}: "
      "start the node with more",
      bytes >> 20, used >> 20, options_.memoryLimit >> 20));
}

/// From the log's beginning; where that is not here any more, from the oldest snapshot.
std::unique_ptr<Refold> Upkeep::newRefold(const std::vector<const LiveView*>& views,
                                          Position until) {
  auto refold = std::make_unique<Refold>(options_.model, views);
  const LogEnd begin = options_.log->begin();
  if (begin.next.value == 0) return refold;
  for (const std::string& name : options_.store->names()) {
    try {
      if (load(name, until, *refold)) return refold;
    } catch (const LogUnreadable&) {
      throw;
    } catch (const LogFailed& e) {
      options_.snapshots->reportDamage(name, e.found());
      refold = std::make_unique<Refold>(options_.model, views);
    }
  }
  throw std::runtime_error(
      fmt::format("the log here begins after position {}, and of the snapshots here none is of "
                  "position {} or before, from which it could be folded: ask a node that has the "
                  "whole log, or take a snapshot, and try again",
                  begin.last, until));
}

/// False: the log can't be folded from this one.
bool Upkeep::load(const std::string& snapshot, Position until, Refold& refold) {
  const SnapshotManifest manifest =
      decodeManifest(options_.store->readManifest(snapshot), snapshot);
  const bool fits = isKnownStateFormat(manifest.stateFormat) && manifest.position() <= until &&
                    manifest.commit.end.next >= options_.log->begin().next &&
                    matchSnapshot(manifest, *options_.model).isWhole();
  if (!fits) return false;
  const std::optional<Snapshots::Opened> opened = options_.snapshots->open(snapshot);
  if (!opened) return false;
  refold.load(Stoppable(*opened->reader, stopping_), manifest);
  return true;
}

Verification Upkeep::verify() {
  const std::lock_guard one(exclusive());
  lowerThreadPriority();
  const auto began = std::chrono::steady_clock::now();
  requireMemory(options_.host->memoryBytes());
  Verification out;
  out.relations = lookAt(options_.relations, *options_.tables, *options_.cuts);
  Position first{UINT64_MAX};
  for (const VerifiedRelation& relation : out.relations) {
    first = std::min(first, relation.position);
  }
  const auto refold = newRefold({options_.views.begin(), options_.views.end()}, first);
  out.from = refold->at();
  if (!compare(out.relations, *refold, *options_.log, [this](Position) { return !stopping_; })) {
    throw std::runtime_error("the node stops");
  }
  out.events = refold->events();
  out.seconds = secondsSince(began);
  return out;
}

namespace {

[[noreturn]] void refuseToTakeBack(const LiveView& view, const SkipRecord& skip) {
  throw std::invalid_argument(fmt::format(
      "the event at position {} does not fail by itself, and view {}, with min or max over events, "
      "can't take back what it has contributed. It fails with: {}. A view whose expression copes "
      "with it makes it live again",
      skip.position, skip.view, view.reason()));
}

}  // namespace

LiveView& Upkeep::find(std::string_view name) const {
  const auto found = std::find_if(options_.views.begin(), options_.views.end(),
                                  [&](LiveView* view) { return view->view()->name == name; });
  if (found == options_.views.end()) {
    throw std::invalid_argument(fmt::format("there is no view \"{}\"", name));
  }
  return **found;
}

/// What folding the view anew takes, about: its own state, and tables.
uint64_t Upkeep::copyBytes(const LiveView& view) const {
  uint64_t bytes = view.bytes();
  for (const LiveRelation* relation : options_.relations) {
    if (relation->table() != nullptr) bytes += options_.tables->map(relation->index()).bytes();
  }
  return bytes;
}

SkipRecord Upkeep::prepareSkip(std::string_view name, Position position,
                               const std::vector<SkipRecord>& skips) {
  const LiveView& view = find(name);
  SkipRecord skip;
  {
    const Cuts::Pin pin = options_.cuts->pin();
    if (!pin) throw std::runtime_error("all cuts are in use by readers; try again in a moment");
    skip = recordFor(view, position, *options_.log, options_.lag->head(), skips);
    if (failsAlone(view, skip, *options_.tables, pin.position())) return skip;
    if (!view.plan()->takesBack()) refuseToTakeBack(view, skip);
  }
  requireHelp(view, skip);
  return skip;
}

/// An error of a group, or of two rows with one key: whether it goes with the event shows when the
/// log is folded without it.
void Upkeep::requireHelp(const LiveView& view, const SkipRecord& skip) {
  const std::lock_guard one(exclusive());
  lowerThreadPriority();
  requireMemory(copyBytes(view));
  std::vector<const LiveView*> views(options_.views.size());
  views[view.index()] = &view;
  const auto refold = newRefold(views, view.applied());
  if (!refold->fold(*options_.log, options_.lag->head(), [this](Position) { return !stopping_; })) {
    throw std::runtime_error("the node stops; nothing was skipped");
  }
  const auto errors = [&] {
    const LiveView& copy = *refold->view(view.index());
    uint64_t sum = 0;
    for (size_t s = 0; s < copy.shardCount(); ++s) sum += copy.shard(s).errors();
    return sum;
  };
  const uint64_t before = errors();
  refold->tryOut(skipChunk(skip, *options_.model));
  if (errors() < before) return;
  throw std::invalid_argument(
      fmt::format("the event at position {} is not what view {} fails at: {}", skip.position,
                  skip.view, view.reason()));
}

/// Of one view's projections, for its rebuild.
class Upkeep::Standstill final : public RebuildHost {
 public:
  Standstill(Upkeep& upkeep, LiveView& view) : upkeep_(upkeep), view_(view) {}
  Position pause() override { return upkeep_.pauseAll(view_); }
  void resume() override { upkeep_.options_.host->resume(view_.index()); }
  bool isStopping() const override { return upkeep_.stopping_; }

 private:
  Upkeep& upkeep_;
  LiveView& view_;
};

Rebuilt Upkeep::rebuild(std::string_view name) {
  const std::lock_guard one(exclusive());
  lowerThreadPriority();
  const auto began = std::chrono::steady_clock::now();
  LiveView& view = find(name);
  if (!view.dropOlder()) {
    throw std::runtime_error(
        "it was rebuilt before, and is still read at an older cut: by a query that is under way, "
        "or because it is degraded; try again when that has ended");
  }
  requireMemory(copyBytes(view));
  std::vector<const LiveView*> views(options_.views.size());
  views[view.index()] = &view;
  // The digest that is kept does not show damage of rows: they are looked at, while both are read.
  const VerifiedRelation old = lookAt({&view}, *options_.tables, *options_.cuts).front();
  const auto refold = newRefold(views, view.applied());
  const Position from = refold->at();
  Standstill still(*this, view);
  Rebuilt out =
      facet::rebuild(view, *refold, *options_.tables, *options_.log, *options_.lag, still);
  out.from = from;
  dropOlder(view);
  out.looked = old.position;
  out.kept = old.kept;
  out.rows = old.rows;
  out.seconds = secondsSince(began);
  return out;
}

Position Upkeep::pauseAll(LiveView& view) {
  {
    const std::lock_guard lock(mutex_);
    paused_ = 0;
  }
  options_.host->pause(view.index(), [this, shards = view.shardCount()] {
    // Under the lock: this object may go as soon as the last one is counted.
    const std::lock_guard lock(mutex_);
    FACET_ASSERT(paused_ < shards, paused_, shards);
    ++paused_;
    changed_.notify_one();
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return paused_ == view.shardCount(); });
  return view.applied();
}

/// The memory of the old copy, if its readers are gone soon; else a later chunk frees it.
void Upkeep::dropOlder(LiveView& view) {
  const auto until = std::chrono::steady_clock::now() + kRebuildWait;
  std::unique_lock lock(mutex_);
  while (!stopping_ && !view.dropOlder() && std::chrono::steady_clock::now() < until) {
    changed_.wait_for(lock, kRebuildLook);
  }
}

}  // namespace facet
