#include "actors/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "actors/control.h"
#include "actors/limits.h"
#include "actors/snapshot_format.h"
#include "model/record_cut.h"
#include "storage/backup_folder.h"
#include "storage/checked_chunks.h"
#include "storage/data_folder.h"
#include "storage/lmdb_log.h"
#include "storage/snapshot_store.h"
#include "values/datetime.h"

namespace facet {

namespace {

namespace fs = std::filesystem;

/// What is restored from: locked, and its log open.
class Source {
 public:
  explicit Source(const fs::path& path) : path_(path) {
    if (BackupFolder::isOne(path)) {
      backup_.emplace(path);
    } else if (DataFolder::isOne(path)) {
      node_.emplace(path);
    } else {
      throw LogFailed(fmt::format(
          "{}: it is neither a backup (no file facet-backup) nor a node's folder (no file "
          "facet-data)",
          path.string()));
    }
    log_ = openLmdbLog({.path = backup_ ? backup_->logPath() : node_->logPath(),
                        .verified = backup_ ? std::optional(backup_->state()->end) : std::nullopt,
                        .progress = {}});
    end_ = backup_ ? backup_->state()->end : log_->end();
    requireEnd();
    store_.emplace(backup_ ? backup_->snapshotPath() : node_->snapshotPath());
  }

  const EventLog& log() const { return *log_; }
  /// Of what is whole: a backup's log can go on behind it.
  const LogEnd& end() const { return end_; }
  const SnapshotStore& snapshots() const { return *store_; }
  /// As a backup's marker says it.
  std::optional<LogId> logId() const {
    if (!backup_) return std::nullopt;
    return backup_->state()->log;
  }

 private:
  /// The marker's end is in the log: by the chain, everything before it is the log's too.
  void requireEnd() const {
    if (log_->begin().next.value > 0) {
      throw LogFailed(fmt::format(
          "{}: its log begins after position {}, with a snapshot: it is a replica's, and can't be "
          "restored from. Restore from the primary's backup or folder",
          path_.string(), log_->begin().last));
    }
    bool same = false;
    if (end_.next.value > 0 && end_.next <= log_->end().next) {
      log_->read({end_.next.value - 1}, 1, [&](const ChunkRef& chunk) {
        same = hashChunk(chunk.bytes()) == end_.hash;
        return false;
      });
    }
    if (same) return;
    if (end_.next.value == 0) {
      throw LogFailed(fmt::format("{}: its log is empty", path_.string()));
    }
    throw LogFailed(
        fmt::format("{}: its log is not the one that its marker tells of: it has not chunk {} "
                    "(position {}). Use another backup",
                    path_.string(), end_.next.value - 1, end_.last));
  }

  const fs::path path_;
  std::optional<BackupFolder> backup_;
  std::optional<DataFolder> node_;
  std::unique_ptr<EventLog> log_;
  LogEnd end_;
  std::optional<SnapshotStore> store_;
};

class Restore {
 public:
  explicit Restore(const RestoreOptions& options)
      : options_(options),
        source_(options.from),
        until_(findCut()),
        folder_(options.data),
        log_(openLmdbLog({.path = folder_.logPath(), .verified = std::nullopt, .progress = {}})) {}

  RestoreResult run() {
    copyChunks();
    if (!hasModel_) throw std::invalid_argument("nothing was recorded by then, not even a model");
    findLogId();
    copySnapshot();
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
    if (position > source_.end().last) {
      throw std::invalid_argument(fmt::format("there is no position {}: the log in {} ends with {}",
                                              position, options_.from.string(),
                                              source_.end().last));
    }
    return std::min(source_.log().find(position + 1), source_.end().next);
  }

  /// Chunks are looked at by halves: their times never go back.
  ChunkNumber chunkAfter(int64_t time) const {
    const int64_t first = timeOf({0});
    if (time < first) {
      throw std::invalid_argument(fmt::format("the log in {} begins at {}, after {}",
                                              options_.from.string(), formatTimestamp(first, true),
                                              formatTimestamp(time, true)));
    }
    uint64_t before = 0;
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

  void copyChunks() {
    std::vector<uint64_t> words;
    for (ChunkNumber next{0}; next < until_;) {
      words.clear();
      next = source_.log().read(next, kRecoveryReadBytes, [&](const ChunkRef& chunk) {
        if (chunk.header->number >= until_) return false;
        append(words, chunk.bytes());
        note(chunk);
        return true;
      });
      next = std::min(next, until_);
      appendCopies(words);
      options_.progress(log_->end().last, source_.end().last);
    }
  }

  void note(const ChunkRef& chunk) {
    if (chunk.header->kind != ChunkKind::control) return;
    const ControlRecord record = readControlRecord(chunk.payload);
    if (record.birth) result_.from = *record.birth;
    if (chunk.header->number < until_) hasModel_ = hasModel_ || record.model.has_value();
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

  /// The newest one whose chunks were all copied whole.
  void copySnapshot() {
    SnapshotStore store(folder_.snapshotPath());
    const std::vector<std::string> names = source_.snapshots().names();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      const fs::path from = source_.snapshots().folder() / *name;
      try {
        const auto reader = source_.snapshots().open(*name);
        if (!isCopied(decodeManifest(reader->manifest(), *name).commit.end)) continue;
        const auto writer = store.begin(*name);
        reader->read([&](std::string_view frame) {
          writer->append(frame);
          result_.bytes += frame.size();
        });
        if (writer->end().hash != reader->end().hash) throw LogFailed("its frames are other ones");
        writer->finish(reader->manifest());
      } catch (const LogFailed& e) {
        throw LogFailed(
            fmt::format("{}. Use another backup; or remove the folder {}: then the restored node's "
                        "views are filled from the log",
                        e.what(), from.string()));
      }
      result_.snapshot = *name;
      return;
    }
  }

  /// The snapshot is of a place in this log, and that is restored.
  bool isCopied(const LogEnd& end) const {
    if (end.next.value == 0 || end.next > until_) return false;
    bool same = false;
    log_->read({end.next.value - 1}, 1, [&](const ChunkRef& chunk) {
      same = hashChunk(chunk.bytes()) == end.hash;
      return false;
    });
    return same;
  }

  /// Of the chunk that holds the event after the last one: what was before that.
  void cutChunk() {
    if (!options_.position || until_ >= source_.end().next) return;
    source_.log().read(until_, 1, [&](const ChunkRef& chunk) {
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
  Source source_;
  const ChunkNumber until_;
  UnfinishedDataFolder folder_;
  std::unique_ptr<EventLog> log_;
  bool hasModel_ = false;
  RestoreResult result_;
};

}  // namespace

RestoreResult restore(const RestoreOptions& options) {
  return Restore(options).run();
}

}  // namespace facet
