#include "actors/replication/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "actors/log/control.h"
#include "actors/log/foldable.h"
#include "actors/log/limits.h"
#include "actors/log/recovery.h"
#include "actors/snapshots/limits.h"
#include "actors/snapshots/snapshot_match.h"
#include "actors/threads/threads.h"
#include "values/assert.h"

namespace facet {

namespace {

/// What of a batch is taken at once.
struct Portion {
  size_t chunks = 0;
  size_t bytes = 0;
  bool model = false;  // its last chunk is a new model
};

ControlRecord controlRecord(const ChunkRef& chunk) {
  const ChunkHeader& header = *chunk.header;
  try {
    ControlRecord record = readControlRecord(chunk.payload);
    if (header.number.value == 0 && !record.birth) throw BadChunk("chunk 0 is no log's birth");
    if (record.skip.has_value() == (header.events > 0)) return record;
  } catch (const BadChunk&) {
    throw;
  } catch (const std::exception& e) {
    throw BadChunk(fmt::format("chunk {}: {}", header.number.value, e.what()));
  }
  throw BadChunk(fmt::format("chunk {}: it is a control record with {} positions",
                             header.number.value, header.events));
}

/// Up to a new model, since what follows is read with that; and up to a skipped event, which is to
/// be here before. A later birth (a restore, which goes on with a log under a new id) is history:
/// which log is followed was agreed on. Throws BadChunk for what can't be taken.
Portion portionOf(const CheckedChunks& chunks) {
  Portion out;
  for (const ChunkRef& chunk : chunks.chunks()) {
    const ChunkHeader& header = *chunk.header;
    if (header.kind == ChunkKind::state) {
      throw BadChunk(fmt::format("chunk {} is of a snapshot", header.number.value));
    }
    bool last = false;
    if (header.kind == ChunkKind::control) {
      const ControlRecord record = controlRecord(chunk);
      if (record.skip && out.chunks > 0) break;
      out.model = record.model.has_value();
      last = out.model || record.skip;
    }
    ++out.chunks;
    out.bytes += chunk.bytes().size();
    if (last) break;
  }
  return out;
}

/// The chunks of a batch that are taken at once. Throws BadChunk.
CheckedChunks firstPortion(std::string_view bytes, const LogEnd& end, bool& model) {
  CheckedChunks all(bytes, end);
  const Portion portion = portionOf(all);
  FACET_ASSERT(portion.chunks > 0 || all.chunks().empty(), all.chunks().size());
  model = portion.model;
  if (portion.chunks == all.chunks().size()) return all;
  return CheckedChunks(bytes.substr(0, portion.bytes), end);
}

}  // namespace

bool hasModel(const EventLog& log) {
  bool found = log.begin().next.value > 0;
  const ChunkNumber end = log.end().next;
  for (ChunkNumber next = log.begin().next; next < end && !found;) {
    next = log.read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
      found = chunk.header->kind == ChunkKind::control &&
              readControlRecord(chunk.payload).model.has_value();
      return !found;
    });
  }
  return found;
}

void beginWithSnapshot(EventLog& log, SnapshotStore& store, FeedSource& source) {
  if (log.end().next.value > 0) return;
  const std::optional<std::string> name = source.fetchSnapshot(store);
  if (!name) throw std::runtime_error("stopped before the upstream's snapshot was there");
  // Those of an attempt that was cut short.
  for (const std::string& other : store.names()) {
    if (other != *name) store.remove(other);
  }
  if (name->empty()) return;
  const SnapshotManifest manifest = decodeManifest(store.readManifest(*name), *name);
  if (isKnownStateFormat(manifest.stateFormat)) {
    log.beginAfter(manifest.commit.end);
  } else {
    store.remove(*name);
  }
}

std::vector<FeedBatch> fetchBeginning(EventLog& log, FeedSource& source) {
  std::vector<FeedBatch> taken;
  while (!hasModel(log)) {
    std::optional<FeedBatch> batch = source.next(log.end());
    if (!batch) throw std::runtime_error("stopped before the log's beginning was there");
    try {
      bool model = false;
      const CheckedChunks chunks = firstPortion(batch->chunks(), log.end(), model);
      for (const ChunkRef& chunk : chunks.chunks()) {
        if (chunk.header->kind == ChunkKind::control) continue;
        throw BadChunk(
            fmt::format("chunk {}: there are events before any model", chunk.header->number.value));
      }
      log.appendCopies(chunks);
      batch->words.clear();
      taken.push_back(std::move(*batch));
    } catch (const BadChunk& bad) {
      source.refuse(bad.what());
    }
  }
  return taken;
}

namespace {

/// Of those that are of this log and can be loaded; oldest first.
std::vector<SnapshotManifest> snapshotsOf(const EventLog& log, const SnapshotStore& store) {
  std::vector<SnapshotManifest> out;
  for (const std::string& name : store.names()) {
    try {
      SnapshotManifest manifest = decodeManifest(store.readManifest(name), name);
      if (!isKnownStateFormat(manifest.stateFormat) || !hasPlace(log, manifest.commit.end))
        continue;
      out.push_back(std::move(manifest));
    } catch (const LogFailed&) {
      continue;  // recovery looks at it again, and says so
    }
  }
  return out;
}

/// The log's last model, and what else it says of itself.
struct LastModel {
  LogHistory history;
  std::shared_ptr<const Model> model;

  LastModel(const EventLog& log, const SnapshotManifest& known)
      : history(readHistory(log, known.controls, known.commit.end.next)),
        model(chooseModel(history, nullptr).model) {}

  void add(const CheckedChunks& chunks) {
    for (const ChunkRef& chunk : chunks.chunks()) {
      if (chunk.header->kind != ChunkKind::control) continue;
      addControl(chunk.header->number, chunk.payload, history);
    }
  }
};

/// Takes chunks, checked as a follower does, until the log has got so far.
void appendUpTo(const LogEnd& end, EventLog& log, FeedSource& source, LastModel& last) {
  while (log.end().next < end.next) {
    const std::optional<FeedBatch> batch = source.next(log.end());
    if (!batch) throw std::runtime_error("stopped before the log's views were there");
    try {
      bool isChanged = false;
      const CheckedChunks chunks = firstPortion(batch->chunks(), log.end(), isChanged);
      for (const ChunkRef& chunk : chunks.chunks()) {
        requireFoldable(chunk, *last.model, log, last.history.skips);
      }
      log.appendCopies(chunks);
      last.add(chunks);
      if (isChanged) last.model = chooseModel(last.history, nullptr).model;
    } catch (const BadChunk& bad) {
      source.refuse(bad.what());
    }
  }
}

}  // namespace

void fetchNewViews(EventLog& log, SnapshotStore& store, FeedSource& source) {
  if (log.begin().next.value == 0) return;
  for (std::string fetched;;) {
    const std::vector<SnapshotManifest> own = snapshotsOf(log, store);
    if (own.empty()) return;  // recovery tells what to do
    LastModel last(log, own.back());
    const bool isThere = std::ranges::any_of(own, [&](const SnapshotManifest& manifest) {
      return matchSnapshot(manifest, *last.model).isWhole();
    });
    if (isThere) return source.stalled({}, log.end());
    const std::optional<std::string> name = source.fetchSnapshot(store);
    if (!name) throw std::runtime_error("stopped before the log's views were there");
    if (*name != fetched) {
      fetched = *name;
      source.stalled({}, log.end());
      appendUpTo(decodeManifest(store.readManifest(*name), *name).commit.end, log, source, last);
      continue;
    }
    source.stalled(
        "the log has a new model, and the events before the log's beginning are not here to fill "
        "its views: it waits for a snapshot with them on the node that it follows (`facet snapshot "
        "create` there takes one)",
        log.end());
    std::this_thread::sleep_for(kNewViewsPause);
  }
}

Follower::Follower(EventLog& log, FeedSource& source, ChunkSink& chunks, FollowerHost& host,
                   FailureSink& failure)
    : log_(log),
      source_(source),
      chunks_(chunks),
      host_(host),
      failure_(failure),
      thread_(startThread([this] { run(); })) {}

Follower::~Follower() {
  stop();
}

void Follower::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  source_.interrupt();
  if (thread_.joinable()) thread_.join();
}

void Follower::run() {
  try {
    while (step()) continue;
  } catch (const std::exception& failure) {
    failure_.fail(failure.what());
  }
}

bool Follower::step() {
  if (!waitForRoom()) return false;
  const std::optional<FeedBatch> batch = source_.next(log_.end());
  if (!batch) return false;
  host_.notes(*batch);
  return take(*batch);
}

bool Follower::take(const FeedBatch& batch) {
  std::optional<CheckedChunks> chunks;
  bool model = false;
  try {
    chunks.emplace(firstPortion(batch.chunks(), log_.end(), model));
    for (const ChunkRef& chunk : chunks->chunks()) chunks_.check(chunk);
  } catch (const BadChunk& bad) {
    source_.refuse(bad.what());
    return true;
  }
  if (chunks->chunks().empty()) return true;
  if (!append(*chunks)) return false;
  host_.durable();
  if (model) {
    source_.modelChanged();
    return false;
  }
  for (const ChunkRef& chunk : chunks->chunks()) {
    FACET_ASSERT(chunk.last() <= log_.end().last, chunk.last(), log_.end().last);
    if (chunk.header->kind == ChunkKind::control) chunks_.control(chunk);
    if (isFolded(chunk)) chunks_.fold(chunk);
  }
  return true;
}

bool Follower::append(const CheckedChunks& chunks) {
  for (bool full = false;; full = true) {
    try {
      log_.appendCopies(chunks);
      if (full) source_.stalled({}, log_.end());
      return true;
    } catch (const LogFull& noRoom) {
      source_.stalled(noRoom.what(), log_.end());
    }
    if (!pause()) return false;
  }
}

bool Follower::waitForRoom() {
  std::string why = host_.hindrance();
  if (why.empty()) return true;
  for (; !why.empty(); why = host_.hindrance()) {
    source_.stalled(why, log_.end());
    if (!pause()) return false;
  }
  source_.stalled({}, log_.end());
  return true;
}

bool Follower::pause() {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, kFullProbe, [this] { return stopping_; });
}

}  // namespace facet
