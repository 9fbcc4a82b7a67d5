#include "server/backup.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>

#include "actors/log/recovery.h"
#include "actors/snapshots/snapshot_format.h"
#include "server/chunk_pull.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/snapshot_fetch.h"
#include "storage/checked_chunks.h"
#include "storage/lmdb_log.h"
#include "storage/snapshot_store.h"

namespace facet {
namespace {

uint64_t readWord(const capnp::byte* bytes) {
  uint64_t out = 0;
  for (size_t i = 0; i < sizeof(out); ++i) out = out << 8 | bytes[i];
  return out;
}

/// What the node says of its log.
struct Source {
  LogId log;
  Position head;
  ChunkNumber begin;  // the log's first chunk
};

class Backup {
 public:
  Backup(wire::Session::Client session, kj::AsyncIoContext& io, const BackupOptions& options)
      : io_(io),
        timer_(io.provider->getTimer()),
        options_(options),
        admin_(session.adminRequest().send().getAdmin()),
        feed_(session.feedRequest().send().getFeed()),
        source_(readSource()),
        folder_(options.folder, source_.log),
        log_(openLmdbLog({.path = folder_.logPath(), .verified = verified(), .progress = {}})),
        store_(folder_.snapshotPath()) {}

  BackupResult run() {
    const auto began = std::chrono::steady_clock::now();
    requireMarkedLog();
    result_.state.log = source_.log;
    compare();
    beginWithOldest();
    fetchSnapshot();
    fetchLog();
    requireSnapshot();
    const std::string base = findBase();
    result_.state.end = log_->end();
    using namespace std::chrono;
    result_.state.time =
        duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
    folder_.finish(result_.state);
    removeOldSnapshots(base);
    result_.seconds = duration<double>(steady_clock::now() - began).count();
    return result_;
  }

 private:
  template <typename Promise>
  auto wait(Promise&& promise) {
    return promise.wait(io_.waitScope);
  }

  Source readSource() {
    auto answer = wait(admin_.statusRequest().send());
    const auto status = answer.getStatus();
    const auto id = status.getLogId();
    if (id.size() != 2 * sizeof(uint64_t)) throw std::runtime_error("a log id must have 16 bytes");
    return {{readWord(id.begin()), readWord(id.begin() + sizeof(uint64_t))},
            {status.getPosition()},
            {status.getBeginChunk()}};
  }

  std::optional<LogEnd> verified() const {
    if (!folder_.state()) return std::nullopt;
    return folder_.state()->end;
  }

  /// The log has not lost what the marker says is in it.
  void requireMarkedLog() const {
    const LogEnd end = log_->end();
    const bool lost = folder_.state() && end.next < folder_.state()->end.next;
    if (!lost) return;
    throw LogFailed(fmt::format(
        "{}: its log ends with position {}, and its marker says {}: a part of it is gone. Make a "
        "new backup in a new folder",
        options_.folder.string(), end.last, folder_.state()->end.last));
  }

  /// One folder is one history: what the backup has is what the node has, up to the backup's end.
  /// By the chain one hash shows it; nothing is changed before that.
  void compare() {
    if (log_->end().next.value == 0) return;
    wait(ChunkPull(feed_, timer_).compare(log_->end()).catch_(explained()));
  }

  /// What is removed next is of no use any more.
  void requireSnapshot() const {
    if (snapshot_.next.value == 0 || hasPlace(*log_, snapshot_)) return;
    throw std::runtime_error(fmt::format(
        "{}: the server's snapshot is not of its log: the log was replaced meanwhile. Keep this "
        "backup, and name another folder",
        options_.folder.string()));
  }

  /// Where the node's log begins later, a new backup begins with the node's oldest snapshot.
  void beginWithOldest() {
    if (log_->end().next.value > 0 || source_.begin.value == 0) return;
    const std::string name = fetchOldest();
    log_->beginAfter(decodeManifest(store_.readManifest(name), name).commit.end);
  }

  std::string fetchOldest() {
    for (unsigned attempt = 1;; ++attempt) {
      const std::string name = oldestThere();
      try {
        if (!name.empty()) return fetch(name).name;
        wait(admin_.snapshotCreateRequest().send().ignoreResult());
      } catch (const kj::Exception& why) {
        // It was removed, or found damaged, after it was listed: another one is the oldest then.
        if (!isSnapshotGone(why) || attempt >= kSnapshotAttempts) throw;
      }
    }
  }

  /// Empty: there is none.
  std::string oldestThere() {
    auto answer = wait(admin_.snapshotListRequest().send());
    for (const auto snapshot : answer.getSnapshots()) {
      if (snapshot.getProblem().size() == 0) return snapshot.getName().cStr();
    }
    return {};
  }

  FetchedSnapshot fetch(const std::string& name) {
    SnapshotFetchOptions options;
    options.name = name;
    options.progress = [this](uint64_t, uint64_t) { tell(); };
    FetchedSnapshot fetched = wait(facet::fetchSnapshot(feed_, store_, timer_, options));
    result_.bytes += fetched.bytes;
    return fetched;
  }

  /// The node's newest; a new one, if that is not fresh. A backup without one is whole too.
  void fetchSnapshot() {
    const bool fresh = hasFreshSnapshot();
    if (!fresh) createSnapshot();
    FetchedSnapshot fetched = fetch({});
    if (fetched.name.empty() && fresh) {
      // Those that are there are of an older model.
      createSnapshot();
      fetched = fetch({});
    }
    if (fetched.name.empty()) return;
    snapshot_ = decodeManifest(store_.readManifest(fetched.name), fetched.name).commit.end;
    result_.state.snapshot = fetched.name;
  }

  bool hasFreshSnapshot() {
    auto answer = wait(admin_.snapshotListRequest().send());
    for (const auto snapshot : answer.getSnapshots()) {
      const bool sound = snapshot.getProblem().size() == 0;
      if (sound && snapshot.getPosition() + kFreshSnapshotEvents >= source_.head.value) return true;
    }
    return false;
  }

  void createSnapshot() {
    auto created = admin_.snapshotCreateRequest().send().ignoreResult();
    auto said = created.catch_([this](kj::Exception&& why) {
      if (why.getType() == kj::Exception::Type::DISCONNECTED) kj::throwFatalException(kj::mv(why));
      options_.notice(
          fmt::format("the server could not take a snapshot ({}): a restore will take "
                      "longer",
                      why.getDescription().cStr()));
    });
    wait(kj::mv(said));
  }

  /// Up to the node's head when this began, and beyond the snapshot.
  void fetchLog() {
    ChunkPull pull(feed_, timer_);
    bool more = true;
    while (more && !isReached()) {
      ChunkPull::Pulled pulled = wait(pull.pull(log_->end()).catch_(explained()));
      take(pulled);
      more = pulled.more;
      tell();
    }
    if (!isReached()) {
      throw std::runtime_error(fmt::format(
          "the server's log ends with position {} now, and it was {} before: it was restored or "
          "replaced meanwhile; begin anew",
          log_->end().last, source_.head));
    }
  }

  bool isReached() const {
    const LogEnd end = log_->end();
    return end.next.value > 0 && end.last >= source_.head && end.next >= snapshot_.next;
  }

  void take(const ChunkPull::Pulled& pulled) {
    std::optional<CheckedChunks> chunks;
    try {
      chunks.emplace(pulled.chunks(), log_->end());
    } catch (const BadChunk& e) {
      throw std::runtime_error(fmt::format(
          "what the server sent is damaged, or does not follow what the backup has: {}", e.what()));
    }
    log_->appendCopies(*chunks);
    result_.chunks += chunks->chunks().size();
    result_.bytes += chunks->bytes();
  }

  /// What a replica is told of another log is told in a backup's words.
  std::function<kj::Promise<ChunkPull::Pulled>(kj::Exception&&)> explained() {
    return [this](kj::Exception&& why) -> kj::Promise<ChunkPull::Pulled> {
      const std::string_view text(why.getDescription().begin(), why.getDescription().size());
      const auto says = [&](std::string_view what) {
        return why.getType() == kj::Exception::Type::FAILED &&
               text.find(what) != std::string_view::npos;
      };
      if (says(kBeginsLater)) {
        return fault(why.getType(),
                     fmt::format("{}: this backup ends with position {}, and the server's log "
                                 "begins later than that: it is, or was, a replica that began with "
                                 "a snapshot. Back up the primary; or name another folder",
                                 options_.folder.string(), log_->end().last));
      }
      if (why.getType() == kj::Exception::Type::OVERLOADED &&
          text.find(kNotSoFar) != std::string_view::npos) {
        return fault(
            why.getType(),
            fmt::format("{}: this backup goes on to position {}, and the node is a replica "
                        "that has not come so far: back up another one, or this one later",
                        options_.folder.string(), log_->end().last));
      }
      if (!says(kAnotherLog) && !says(kLost)) return kj::mv(why);
      return fault(
          why.getType(),
          fmt::format(
              "{}: the server's log is not the one that this is a backup of, up to position "
              "{}: it was restored, has lost a part, or a replica was made the primary "
              "without it. Nothing was changed here. Keep this backup, and name another "
              "folder",
              options_.folder.string(), log_->end().last));
    };
  }

  /// Where the backup's log begins later: the oldest snapshot that can be restored from; else
  /// empty.
  std::string findBase() {
    if (log_->begin().next.value == 0) return {};
    for (const std::string& name : store_.names()) {
      try {
        const SnapshotManifest manifest = decodeManifest(store_.readManifest(name), name);
        if (!hasPlace(*log_, manifest.commit.end)) continue;
        result_.earliest = manifest.position();
        return name;
      } catch (const LogUnreadable&) {
        throw;
      } catch (const LogFailed& e) {
        options_.notice(fmt::format("{}: it is removed from the backup", e.what()));
      }
    }
    throw LogFailed(
        fmt::format("{}: its log begins after position {}, and it has no snapshot at or after that "
                    "any more: nothing could be restored. Make a new backup in a new folder",
                    options_.folder.string(), log_->begin().last));
  }

  void removeOldSnapshots(const std::string& base) {
    for (const std::string& name : store_.names()) {
      if (name != result_.state.snapshot && name != base) store_.remove(name);
    }
  }

  void tell() { options_.progress(log_->end().last, source_.head, result_.bytes); }

  kj::AsyncIoContext& io_;
  kj::Timer& timer_;
  const BackupOptions& options_;
  wire::Admin::Client admin_;
  wire::Feed::Client feed_;
  const Source source_;
  BackupFolder folder_;
  std::unique_ptr<EventLog> log_;
  SnapshotStore store_;
  LogEnd snapshot_;  // where the log was when it was taken
  BackupResult result_;
};

}  // namespace

BackupResult backUp(wire::Session::Client session, kj::AsyncIoContext& io,
                    const BackupOptions& options) {
  return Backup(kj::mv(session), io, options).run();
}

}  // namespace facet
