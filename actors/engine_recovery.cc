// Engine's second part: from a data folder to a running state: the newest snapshot that can be
// used, and the log after it.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "actors/engine.h"
#include "actors/log/commit_clock.h"
#include "actors/log/limits.h"
#include "actors/snapshots/limits.h"
#include "actors/snapshots/refold.h"
#include "actors/snapshots/snapshot_load.h"
#include "actors/snapshots/snapshot_match.h"

namespace facet {

namespace {

/// Tries again what the system does not let be looked at. A start has nothing else to do meanwhile.
template <typename Call>
auto patiently(Call&& call) {
  for (int tries = 1;; ++tries) {
    try {
      return call();
    } catch (const LogUnreadable&) {
      if (tries >= kSnapshotTries) throw;
    }
    std::this_thread::sleep_for(kSnapshotTryPause);
  }
}

/// Between two looks at the progress.
constexpr int64_t kProgressMicros = 100'000;

/// "the view a", "the views a, b": for people.
std::string viewNames(const Model& model, const std::vector<uint32_t>& views) {
  std::string out = views.size() == 1 ? "the view " : "the views ";
  for (size_t i = 0; i < views.size(); ++i) {
    out += (i > 0 ? ", " : "") + model.views()[views[i]].name;
  }
  return out;
}

}  // namespace

void Engine::recover() {
  // As if it had gone on right after the opening: a replica waits for its upstream in between.
  recoveryBegan_ = shown_ = now() - opening_;
  std::vector<FoundSnapshot> found = findSnapshots();
  if (found.empty()) found = takeBackSound();
  const bool beginsLater = log_->begin().next.value > 0;
  if (beginsLater && found.empty()) throwNoSnapshot();
  openModel(found);
  bool lookedAside = false;
  const auto fold = [&](Position singlyAfter) {
    std::optional<SnapshotManifest> loaded = loadNewest(found);
    if (!loaded && !std::exchange(lookedAside, true)) loaded = loadNewest(found = takeBackSound());
    ChunkNumber from{};
    recovery_.snapshot = {};
    recovery_.filled.clear();
    if (loaded) {
      from = loaded->commit.end.next;
      recovery_.snapshot = loaded->position();
      fillNewViews(*loaded);
    } else if (beginsLater) {
      throwNoSnapshot();
    } else {
      build({0});
    }
    startPipeline();
    foldTail(from, singlyAfter);
  };
  fold({UINT64_MAX});
  // Chunks are folded many as one: a view that an error degraded among them stands before all of
  // these. Once more, and one by one from there on, it stands where it stood before the restart.
  if (const std::optional<Position> held = firstHeld()) {
    tearDown();
    fold(*held);
  }
  startSnapshots();
  startUpkeep();
  startWatch();
}

void Engine::throwNoSnapshot() const {
  const std::string begins = fmt::format(
      "{}: the log begins after position {}: what was before is in a snapshot only, and ",
      store_.folder().string(), log_->begin().last);
  if (!unread_.empty()) {
    throw LogUnreadable(begins + unread_ + ". It stays as it is: start again when it can be read");
  }
  const char* const those =
      store_.names().empty()
          ? "there is no sound one"
          : "those that are there are of another model than the log's last, or of another version "
            "of facet";
  throw LogFailed(fmt::format(
      "{}{}. Nothing is served without it. Restore the folder from a backup; a replica's can be "
      "removed, and is filled anew",
      begins, those));
}

/// Newest first. Those that are damaged, or of another log, are set aside; what can't be read now
/// stays as it is. Throws LogFailed if one is of this log, and of what that has not.
std::vector<Engine::FoundSnapshot> Engine::findSnapshots() {
  std::vector<FoundSnapshot> found;
  std::vector<FoundSnapshot> foreign;
  for (const std::string& name : store_.names()) {
    std::optional<SnapshotManifest> manifest = manifestOf(name);
    if (!manifest) continue;
    const bool ours = isOfThisLog(name, manifest->commit.end);
    auto& those = ours ? found : foreign;
    those.insert(those.begin(), {name, std::move(*manifest)});
  }
  for (const FoundSnapshot& one : foreign) explainForeign(one.name, one.manifest, found);
  return found;
}

/// Nothing: it was set aside, or can't be read now.
std::optional<SnapshotManifest> Engine::manifestOf(const std::string& name) {
  try {
    return patiently([&] { return decodeManifest(store_.readManifest(name), name); });
  } catch (const LogUnreadable& e) {
    unread_ = fmt::format("snapshot {} can't be read: {}", name, e.what());
    options_.notice(unread_ + ". It is not used, and stays as it is");
  } catch (const LogFailed& e) {
    setAside(name, e.what());
  }
  return std::nullopt;
}

/// Damage of the log there says nothing about the snapshot.
bool Engine::isOfThisLog(const std::string& name, const LogEnd& end) {
  try {
    return hasPlace(*log_, end);
  } catch (const LogDamaged& damage) {
    options_.notice(fmt::format("it can't be seen whether snapshot {} is of this log: {}", name,
                                damage.what()));
    return false;
  }
}

/// One that has no place in the log. One of the same log proves that a primary's has lost
/// something; a replica gets it again.
void Engine::explainForeign(const std::string& name, const SnapshotManifest& manifest,
                            const std::vector<FoundSnapshot>& found) {
  const LogEnd& end = manifest.commit.end;
  const std::optional<LogId> own = ownId(found);
  if (own && *own != manifest.logId) return setAside(name, "it is of another log");
  const bool before = end.next < log_->begin().next;
  if (before || followed_ || log_->damage()) {
    const char* const why = before ? "from before the log's beginning"
                                   : "of a place that the log has not, or not in that way";
    return options_.notice(fmt::format("snapshot {} is not used: it is {}", name, why));
  }
  throwLost(name, end);
}

/// Of the log; nothing: that can't be seen from it.
std::optional<LogId> Engine::ownId(const std::vector<FoundSnapshot>& found) const {
  if (followed_) return followed_;
  try {
    const LogHistory history = historyAfter(found);
    if (!history.empty) return history.id;
  } catch (const LogDamaged&) {
    throw;
  } catch (const LogFailed&) {
    // It begins later, and the snapshot with its birth is the one that is asked about.
  }
  return std::nullopt;
}

void Engine::throwLost(const std::string& name, const LogEnd& end) const {
  const LogEnd& own = log_->end();
  const std::string folder = (store_.folder() / name).string();
  const std::string found =
      own.next < end.next
          ? fmt::format(
                "the log ends with position {} (before chunk {}), but there is a snapshot of "
                "it at position {} (before chunk {}): {}. An older copy of the log was put "
                "back, or the disk lost writes that it had confirmed",
                own.last, own.next.value, end.last, end.next.value, folder)
          : fmt::format(
                "chunk {} is not the one that a snapshot of this log, {}, was taken after: "
                "the log has another history from there on than the one that was served",
                end.next.value - 1, folder);
  throw LogFailed(
      fmt::format("{}: {}", folder_->logPath().string(), found),
      fmt::format("Keep a copy, and restore from a backup or promote a replica; or start with "
                  "--begin-with-snapshot {}: everything up to position {} is there again, what "
                  "came after it "
                  "is lost, and the log here is kept as log.replaced. Only if you accept what this "
                  "log has, "
                  "move {} away",
                  name, end.last, folder));
}

/// Before a node does without: one that was set aside may have been so for a reason that is gone.
std::vector<Engine::FoundSnapshot> Engine::takeBackSound() {
  const std::vector<std::string> aside = store_.setAsideNames();
  for (auto name = aside.rbegin(); name != aside.rend(); ++name) {
    const std::string plain = SnapshotStore::nameOf(*name);
    if (store_.has(plain)) continue;
    try {
      SnapshotManifest manifest = patiently([&] {
        const auto reader = store_.open(*name);
        reader->read([](std::string_view) {});
        return decodeManifest(reader->manifest(), plain);
      });
      if (!isOfThisLog(plain, manifest.commit.end)) continue;
      options_.notice(fmt::format(
          "snapshot {} was set aside, and is sound: it has its name again, and is used", plain));
      store_.takeBack(*name);
      return {{plain, std::move(manifest)}};
    } catch (const LogUnreadable& e) {
      unread_ = fmt::format("snapshot {} can't be read: {}", *name, e.what());
    } catch (const LogFailed&) {
      // It is what it was said to be.
    }
  }
  return {};
}

void Engine::setAside(const std::string& name, const std::string& why) {
  options_.notice(fmt::format("snapshot {} is not used, and now set aside as {}: {}. {}", name,
                              store_.setAside(name).string(), why, kDamagedSnapshotAdvice));
}

LogHistory Engine::historyAfter(const std::vector<FoundSnapshot>& found) const {
  if (found.empty()) return readHistory(*log_);
  const SnapshotManifest& newest = found.front().manifest;
  return readHistory(*log_, newest.controls, newest.commit.end.next);
}

void Engine::openModel(const std::vector<FoundSnapshot>& found) {
  history_ = historyAfter(found);
  const ChosenModel chosen = chooseModel(history_, options_.model.get());
  if (!chosen.model) throw std::invalid_argument("a new data folder needs a model");
  model_ = chosen.model;
  logId_ = history_.empty ? makeLogId() : followed_.value_or(history_.id);
  if (chosen.changed) recordChange(found);
  beginEpoch();
}

void Engine::recordChange(const std::vector<FoundSnapshot>& found) {
  const bool isFilled = std::any_of(found.begin(), found.end(), [&](const FoundSnapshot& one) {
    return whyUnused(one.manifest).empty();
  });
  if (log_->begin().next.value > 0 && !isFilled) {
    throw std::invalid_argument(fmt::format(
        "the log begins after position {}, with a snapshot: this model is not the log's, and its "
        "views can't be filled, since the events before are not here ({}). Serve the model of the "
        "log; other views need a node that has the whole log",
        log_->begin().last, whyUnused(found.front().manifest)));
  }
  const ChunkNumber next = log_->end().next;
  recordModel(*log_, history_, *model_, logId_, options_.clocks.wall->now());
  addControlsFrom(next);
}

/// Of a replica that is made the primary, and of a log that begins anew: what others have of the
/// epoch before, and is not here, is of another history from now on.
void Engine::beginEpoch() {
  if (newEpoch_.empty()) return;
  const ChunkNumber next = log_->end().next;
  recordEpoch(*log_, newEpoch_, options_.clocks.wall->now());
  addControlsFrom(next);
  folder_->forgetFollowed();
}

void Engine::addControlsFrom(ChunkNumber next) {
  log_->read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
    facet::addControl(chunk.header->number, chunk.payload, history_);
    return true;
  });
}

void Engine::requireClock() const {
  const LogEnd end = log_->end();
  if (options_.acceptClock || end.next.value == 0) return;
  const std::string problem = clockProblem(options_.clocks.wall->now(), end.time);
  if (!problem.empty())
    throw LogFailed(fmt::format("{}: {}", folder_->logPath().string(), problem));
}

/// Those that are not used are told of, and are not in `found` any more.
std::optional<SnapshotManifest> Engine::loadNewest(std::vector<FoundSnapshot>& found) {
  for (; !found.empty(); found.erase(found.begin())) {
    const FoundSnapshot& snapshot = found.front();
    const SnapshotManifest& manifest = snapshot.manifest;
    if (const std::string why = whyUnused(manifest); !why.empty()) {
      const bool whole = log_->begin().next.value == 0;
      options_.notice(fmt::format("snapshot {} is not used: {}{}", snapshot.name, why,
                                  whole ? "; the views are filled from the log" : ""));
      continue;
    }
    try {
      patiently([&] { load(snapshot); });
      return manifest;
    } catch (const LogUnreadable& e) {
      unread_ = fmt::format("snapshot {} can't be read: {}", snapshot.name, e.what());
      options_.notice(unread_ + ". It is not used, and stays as it is");
    } catch (const LogFailed& e) {
      setAside(snapshot.name, e.what());
    }
  }
  return std::nullopt;
}

/// Empty: it is of use.
std::string Engine::whyUnused(const SnapshotManifest& manifest) const {
  if (!isKnownStateFormat(manifest.stateFormat)) return "it is of another version of facet";
  const SnapshotMatch match = matchSnapshot(manifest, *model_);
  if (!match.hindrance.empty()) return match.hindrance;
  if (match.isWhole()) return {};
  // Filling all of them beside takes longer than folding the whole log at once.
  const bool isAny = match.newViews.size() < model_->views().size();
  if (isAny && log_->begin().next.value == 0) return {};
  return fmt::format("it is of another model, and has not {}", viewNames(*model_, match.newViews));
}

/// What the snapshot has not is folded from the log alone, beside, up to where the snapshot is.
void Engine::fillNewViews(const SnapshotManifest& manifest) {
  const std::vector<uint32_t> newViews = matchSnapshot(manifest, *model_).newViews;
  if (newViews.empty()) return;
  const Position until = manifest.position();
  options_.notice(fmt::format("the snapshot at {} has not {}: filled from the log", until,
                              viewNames(*model_, newViews)));
  std::vector<const LiveView*> filled(views_.size());
  for (const uint32_t view : newViews) {
    filled[view] = views_[view].get();
    recovery_.filled.push_back(model_->views()[view].name);
  }
  Refold refold(model_, filled);
  refold.fold(*log_, until, [&](Position at) {
    showProgress(at.value, until.value);
    return true;
  });
  for (const uint32_t view : newViews) views_[view]->takeOver(*refold.view(view), *tables_);
}

void Engine::load(const FoundSnapshot& snapshot) {
  build(snapshot.manifest.position());
  try {
    LoadTargets targets{tables_.get(), sequencer_.get(), {}};
    for (const auto& view : views_) targets.views.push_back(view.get());
    loadSnapshot(*store_.open(snapshot.name), snapshot.manifest, targets);
  } catch (...) {
    tearDown();
    throw;
  }
}

/// The earliest cut that a view holds since a chunk that was folded now; nothing: none does.
std::optional<Position> Engine::firstHeld() const {
  std::optional<Position> first;
  for (const auto& view : views_) {
    const std::optional<Position> held = view->held();
    if (held && *held >= recovery_.snapshot && (!first || *held < *first)) first = held;
  }
  return first;
}

double Engine::secondsOfRecovery() const {
  return static_cast<double>(now() - recoveryBegan_) / 1e6;
}

void Engine::showProgress(uint64_t done, uint64_t total) {
  const int64_t at = now();
  if (!options_.progress || at - shown_ < kProgressMicros) return;
  shown_ = at;
  options_.progress(done, total, secondsOfRecovery());
}

void Engine::foldTail(ChunkNumber from, Position singlyAfter) {
  const uint64_t before = recovery_.snapshot.value;
  const uint64_t total = log_->end().last.value;
  foldLog(
      *log_, from, *sequencer_,
      [&](const ChunkPtr& chunk) {
        pushToViews(chunk);
        showProgress(chunk->last.value - before, total - before);
      },
      singlyAfter);
  waitApplied({total}, std::chrono::hours(24));
  lag_.setHead({total});
  visibleLag_.begin({total});
  committed(log_->end(), sequencer_->progress().block);
  sequencer_->reclaim(tableReaders());
  recovery_.events = total - before;
  recovery_.seconds = secondsOfRecovery();
}

}  // namespace facet
