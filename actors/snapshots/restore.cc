#include "actors/snapshots/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "actors/log/control.h"
#include "actors/log/foldable.h"
#include "actors/log/limits.h"
#include "actors/log/recovery.h"
#include "actors/snapshots/restore_source.h"
#include "model/record_cut.h"
#include "storage/checked_chunks.h"
#include "storage/data_folder.h"
#include "storage/lmdb_log.h"
#include "storage/snapshot_store.h"
#include "values/datetime.h"

namespace facet {

namespace {

namespace fs = std::filesystem;

class Restore {
 public:
  explicit Restore(const RestoreOptions& options)
      : options_(options),
        source_(options.from),
        until_(findCut()),
        folder_(options.data),
        log_(openLmdbLog({.path = folder_.logPath(), .verified = std::nullopt, .progress = {}})) {}

  RestoreResult run() {
    if (source_.base()) beginLater(*source_.base());
    copyChunks();
    if (!hasModel_) throw std::invalid_argument("nothing was recorded by then, not even a model");
    findLogId();
    copySnapshots();
    cutChunk();
    result_.time = log_->end().time;
    appendBirth();
    result_.end = log_->end();
    log_ = nullptr;
    folder_.finish();
    return result_;
  }

 private:
  /// The chunk that is not copied whole any more.
  ChunkNumber findCut() {
    if (options_.position) return chunkOf(*options_.position);
    if (options_.time) return chunkAfter(*options_.time);
    return source_.end().next;
  }

  ChunkNumber chunkOf(Position position) const {
    if (source_.base() && position < source_.base()->manifest.position()) {
      throw std::invalid_argument(beforeBase(fmt::format("position {}", position)));
    }
    if (position > source_.end().last) {
      throw std::invalid_argument(fmt::format("there is no position {}: the log in {} ends with {}",
                                              position, options_.from.string(),
                                              source_.end().last));
    }
    return std::min(source_.log().find(position + 1), source_.end().next);
  }

  /// Of a log that begins later: what can't be restored, and what can.
  std::string beforeBase(const std::string& wanted) const {
    const LogEnd& base = source_.base()->manifest.commit.end;
    return fmt::format(
        "{} is too early: the log in {} begins later, with a snapshot, and can be restored from "
        "position {} (of {}) on. For what was before use a backup of the primary, or of another "
        "node that has the whole log",
        wanted, options_.from.string(), base.last, formatTimestamp(base.time, true));
  }

  /// Chunks are looked at by halves: their times never go back.
  ChunkNumber chunkAfter(int64_t time) const {
    const LogEnd base = source_.base() ? source_.base()->manifest.commit.end : LogEnd{};
    const int64_t first = source_.base() ? base.time : timeOf({0});
    if (time < first && source_.base()) {
      throw std::invalid_argument(beforeBase(formatTimestamp(time, true)));
    }
    if (time < first) {
      throw std::invalid_argument(fmt::format("the log in {} begins at {}, after {}",
                                              options_.from.string(), formatTimestamp(first, true),
                                              formatTimestamp(time, true)));
    }
    uint64_t before = std::max<uint64_t>(base.next.value, 1) - 1;
    uint64_t after = source_.end().next.value;
    while (before + 1 < after) {
      const uint64_t middle = before + (after - before) / 2;
      (timeOf({middle}) <= time ? before : after) = middle;
    }
    return {after};
  }

  int64_t timeOf(ChunkNumber number) const {
    int64_t out = 0;
    source_.log().read(number, 1, [&](const ChunkRef& chunk) {
      out = chunk.header->time;
      return false;
    });
    return out;
  }

  /// As the source's log does. What was before, the snapshot says.
  void beginLater(const RestoreSource::Base& base) {
    log_->beginAfter(source_.log().begin());
    result_.begin = source_.log().begin();
    for (const std::string& payload : base.manifest.controls) note({0}, readControlRecord(payload));
  }

  void copyChunks() {
    std::vector<uint64_t> words;
    for (ChunkNumber next = source_.log().begin().next; next < until_;) {
      words.clear();
      next = source_.log().read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
        if (chunk.header->number >= until_) return false;
        check(chunk);
        append(words, chunk.bytes());
        note(chunk);
        return true;
      });
      next = std::min(next, until_);
      appendCopies(words);
      options_.progress(log_->end().last, source_.end().last);
    }
  }

  /// Whoever made the backup: what its events are read with, they must fit.
  void check(const ChunkRef& chunk) const {
    const ChunkHeader& header = *chunk.header;
    try {
      if (header.kind == ChunkKind::state || (header.kind == ChunkKind::events && !model_)) {
        throw BadChunk(fmt::format("chunk {} has no place in a log", header.number.value));
      }
      if (model_) requireFoldable(chunk, *model_, source_.log(), skips_);
    } catch (const BadChunk& e) {
      throw LogFailed(fmt::format("{}: {}. Use another backup", options_.from.string(), e.what()));
    }
  }

  void note(const ChunkRef& chunk) {
    if (chunk.header->kind != ChunkKind::control) return;
    note(chunk.header->number, readControlRecord(chunk.payload));
    if (modelAt_ == chunk.header->number) beforeModel_ = {chunk.header->first.value - 1};
  }

  void note(ChunkNumber number, const ControlRecord& record) {
    if (record.birth) result_.from = *record.birth;
    if (record.skip && number < until_) skips_.push_back(*record.skip);
    if (!record.model || number >= until_) return;
    hasModel_ = true;
    model_ = loadModel(*record.model, model_.get());
    modelAt_ = number;
  }

  /// The id of the source's log: its last birth, be that cut off.
  void findLogId() {
    if (const std::optional<LogId> id = source_.logId()) {
      result_.from = *id;
      return;
    }
    for (ChunkNumber next = until_; next < source_.end().next;) {
      next = source_.log().read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
        note(chunk);
        return true;
      });
    }
  }

  static void append(std::vector<uint64_t>& words, std::string_view bytes) {
    const size_t before = words.size();
    words.resize(before + bytes.size() / sizeof(uint64_t));
    std::memcpy(&words[before], bytes.data(), bytes.size());
  }

  void appendCopies(const std::vector<uint64_t>& words) {
    const std::string_view bytes(reinterpret_cast<const char*>(words.data()),
                                 words.size() * sizeof(uint64_t));
    try {
      log_->appendCopies(CheckedChunks(bytes, log_->end()));
    } catch (const BadChunk& e) {
      throw LogFailed(fmt::format("{}: {}. Use another backup", options_.from.string(), e.what()));
    }
    result_.bytes += bytes.size();
  }

  /// The newest one whose chunks were all copied whole; and, where the log begins later, the
  /// oldest: what the log's beginning is elsewhere.
  void copySnapshots() {
    SnapshotStore store(folder_.snapshotPath());
    const std::optional<LogEnd> newest = copyNewest(store);
    if (!source_.base()) return;
    const RestoreSource::Base& base = *source_.base();
    if (modelAt_ >= newest.value_or(base.manifest.commit.end).next) refuseModel();
    if (!store.has(base.name)) copySnapshot(base.name, store);
    if (result_.snapshot.empty()) result_.snapshot = base.name;
  }

  std::optional<LogEnd> copyNewest(SnapshotStore& store) {
    const std::vector<std::string> names = source_.snapshots().names();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      const SnapshotManifest manifest = manifestOf(*name);
      if (!isCopied(manifest)) continue;
      copySnapshot(*name, store);
      result_.snapshot = *name;
      return manifest.commit.end;
    }
    return std::nullopt;
  }

  SnapshotManifest manifestOf(const std::string& name) const {
    try {
      return decodeManifest(source_.snapshots().readManifest(name), name);
    } catch (const LogUnreadable&) {
      throw;
    } catch (const LogFailed& e) {
      throwDamaged(name, e.found());
    }
  }

  void copySnapshot(const std::string& name, SnapshotStore& store) {
    try {
      const auto reader = source_.snapshots().open(name);
      const auto writer = store.begin(name);
      reader->read([&](std::string_view frame) {
        writer->append(frame);
        result_.bytes += frame.size();
      });
      if (writer->end().hash != reader->end().hash) throw LogFailed("its frames are other ones");
      writer->finish(reader->manifest());
    } catch (const LogUnreadable&) {
      throw;
    } catch (const LogFailed& e) {
      throwDamaged(name, e.found());
    }
  }

  [[noreturn]] void throwDamaged(const std::string& name, const std::string& what) const {
    const char* then = "the restored node's views are filled from the log";
    if (source_.base()) then = "the snapshot before or after it is used, if there is one";
    throw LogFailed(fmt::format("{}. Use another backup; or remove the folder {}: then {}", what,
                                (source_.snapshots().folder() / name).string(), then));
  }

  /// The snapshot is of a place in this log, and that is restored.
  bool isCopied(const SnapshotManifest& manifest) const {
    const bool loadable = !source_.base() || isKnownStateFormat(manifest.stateFormat);
    return loadable && manifest.commit.end.next <= until_ && hasPlace(*log_, manifest.commit.end);
  }

  [[noreturn]] void refuseModel() const {
    const Position earliest = source_.base()->manifest.position();
    const bool before = beforeModel_ > earliest;
    throw std::invalid_argument(fmt::format(
        "a new model was recorded after position {}, and no snapshot of it is among what would be "
        "restored: since the log in {} begins later, its views could not be filled. Restore to {}a "
        "position at or after a later snapshot, or from a backup of the primary",
        beforeModel_, options_.from.string(),
        before ? fmt::format("position {} or before, to ", beforeModel_.value - 1) : ""));
  }

  /// Of the chunk that holds the event after the last one: what was before that.
  void cutChunk() {
    if (!options_.position || until_ >= source_.end().next) return;
    source_.log().read(until_, 1, [&](const ChunkRef& chunk) {
      if (chunk.header->kind != ChunkKind::events) return false;
      check(chunk);
      const auto events =
          static_cast<uint32_t>(options_.position->value + 1 - chunk.header->first.value);
      const PayloadCut cut = cutPayload(chunk.payload, events);
      if (cut.unclearBatch > 0) refuseUnclear(chunk.header->first.value + cut.events, cut);
      if (!cut.payload.empty()) appendPart(*chunk.header, cut);
      return false;
    });
  }

  [[noreturn]] void refuseUnclear(uint64_t first, const PayloadCut& cut) const {
    throw std::invalid_argument(fmt::format(
        "position {} is inside of a batch of which only some commands have a stream, and which "
        "they are is not recorded: restore to position {} or {}, into a new folder",
        *options_.position, first - 1, first + cut.unclearBatch - 1));
  }

  void appendPart(const ChunkHeader& header, const PayloadCut& cut) {
    const std::string_view piece(reinterpret_cast<const char*>(cut.payload.data()),
                                 cut.payload.size() * sizeof(uint64_t));
    ChunkDraft draft;
    draft.epoch = header.epoch;
    draft.events = cut.events;
    draft.time = header.time;
    draft.pieces = {&piece, 1};
    log_->append(draft, log_->end());
    result_.bytes += piece.size();
  }

  void appendBirth() {
    result_.log = makeLogId();
    const std::vector<uint64_t> record = birthRecord(result_.log, result_.from);
    const std::string_view piece(reinterpret_cast<const char*>(record.data()),
                                 record.size() * sizeof(uint64_t));
    const LogEnd end = log_->end();
    using namespace std::chrono;
    ChunkDraft draft;
    draft.kind = ChunkKind::control;
    draft.epoch = end.epoch;
    draft.time = std::max(
        duration_cast<microseconds>(system_clock::now().time_since_epoch()).count(), end.time);
    draft.pieces = {&piece, 1};
    log_->append(draft, end);
  }

  const RestoreOptions& options_;
  RestoreSource source_;
  const ChunkNumber until_;
  UnfinishedDataFolder folder_;
  std::unique_ptr<EventLog> log_;
  bool hasModel_ = false;
  std::shared_ptr<const Model> model_;  // in force at the chunk that is copied
  std::vector<SkipRecord> skips_;       // of the log up to there
  ChunkNumber modelAt_{0};              // the last record of a model that is copied
  Position beforeModel_;                // the event before it
  RestoreResult result_;
};

}  // namespace

RestoreResult restore(const RestoreOptions& options) {
  return Restore(options).run();
}

}  // namespace facet
