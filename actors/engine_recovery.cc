// Engine's second part: from a data folder to a running state: the newest snapshot that can be
// used, and the log after it.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "actors/engine.h"
#include "actors/limits.h"
#include "actors/snapshot_load.h"

namespace facet {

void Engine::recover() {
  // As if it had gone on right after the opening: a replica waits for its upstream in between.
  const int64_t began = steadyMillis() - openingMs_;
  const std::vector<FoundSnapshot> found = findSnapshots();
  const bool beginsLater = log_->begin().next.value > 0;
  if (beginsLater && found.empty()) throwNoSnapshot();
  openModel(found);
  ChunkNumber from{};
  if (const std::optional<SnapshotManifest> loaded = loadNewest(found)) {
    from = loaded->commit.end.next;
    recovery_.snapshot = loaded->position();
  } else if (beginsLater) {
    throwNoSnapshot();
  } else {
    build({0});
  }
  foldTail(from, began);
  startSnapshots();
  startUpkeep();
}

void Engine::throwNoSnapshot() const {
  const char* const those =
      store_.names().empty()
          ? "there is no sound one"
          : "those that are there are of another model than the log's last, or of another version "
            "of facet";
  throw LogFailed(fmt::format(
      "{}: the log begins after position {}: what was before is in a snapshot only, and {}. "
      "Nothing is served without it. Restore the folder from a backup; a replica's can be removed, "
      "and is filled anew",
      store_.folder().string(), log_->begin().last, those));
}

/// Newest first; those that can't be of this log are set aside.
std::vector<Engine::FoundSnapshot> Engine::findSnapshots() {
  std::vector<FoundSnapshot> found;
  for (const std::string& name : store_.names()) {
    try {
      SnapshotManifest manifest = decodeManifest(store_.readManifest(name), name);
      if (hasPlace(*log_, manifest.commit.end)) {
        found.insert(found.begin(), {name, std::move(manifest)});
      } else {
        setAside(name, "it is of another log, or of a part of this one that was lost");
      }
    } catch (const LogFailed& e) {
      setAside(name, e.what());
    }
  }
  return found;
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
  if (!chosen.changed) return;
  if (log_->begin().next.value > 0) {
    throw std::invalid_argument(fmt::format(
        "the log begins after position {}, with a snapshot: this model is not the log's, and its "
        "views can't be filled, since the events before are not here. Serve the model of the log; "
        "other views need a node that has the whole log",
        log_->begin().last));
  }
  const ChunkNumber next = log_->end().next;
  recordModel(*log_, history_, *model_, logId_, nowMicros());
  log_->read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
    facet::addControl(chunk.header->number, chunk.payload, history_);
    return true;
  });
}

std::optional<SnapshotManifest> Engine::loadNewest(const std::vector<FoundSnapshot>& found) {
  for (const FoundSnapshot& snapshot : found) {
    const SnapshotManifest& manifest = snapshot.manifest;
    if (manifest.modelHash != model_->hash() || !isKnownStateFormat(manifest.stateFormat)) {
      const bool whole = log_->begin().next.value == 0;
      options_.notice(
          fmt::format("snapshot {} is not used: it is of another {}{}", snapshot.name,
                      manifest.modelHash != model_->hash() ? "model" : "version of facet",
                      whole ? "; the views are filled from the log" : ""));
      continue;
    }
    build(manifest.position());
    try {
      LoadTargets targets{tables_.get(), sequencer_.get(), {}};
      for (const auto& view : views_) targets.views.push_back(view.get());
      loadSnapshot(*store_.open(snapshot.name), manifest, targets);
      return manifest;
    } catch (const LogFailed& e) {
      tearDown();
      setAside(snapshot.name, e.what());
    }
  }
  return std::nullopt;
}

void Engine::foldTail(ChunkNumber from, int64_t began) {
  const uint64_t before = recovery_.snapshot.value;
  const uint64_t total = log_->end().last.value;
  int64_t shown = began;
  const auto seconds = [&] { return static_cast<double>(steadyMillis() - began) / 1000; };
  const auto progress = [&](Position at) {
    const int64_t now = steadyMillis();
    if (!options_.progress || now - shown < 100) return;
    shown = now;
    options_.progress(at.value - before, total - before, seconds());
  };
  foldLog(*log_, from, *sequencer_, [&](const ChunkPtr& chunk) {
    pushToViews(chunk);
    progress(chunk->last);
  });
  waitApplied({total}, std::chrono::hours(24));
  lag_.setHead({total});
  visibleLag_.begin({total});
  committed(log_->end(), sequencer_->progress().block);
  sequencer_->reclaim(tableReaders());
  recovery_.events = total - before;
  recovery_.seconds = seconds();
}

}  // namespace facet
