// BackupFolder: where `facet backup` writes, and `facet restore` reads.
//
//   DIR/facet-backup     the marker: of which log, and where that ended when the backup was last
//                        whole; with a checksum. Written last
//   DIR/begun            the marker of a first backup that is under way, or was cut short
//   DIR/lock             flock: held as long as a process uses the folder
//   DIR/log/…            the log (lmdb_log.h); beyond the marker's end only what a later backup
//                        brought that was cut short
//   DIR/snapshots/…      snapshots (snapshot_store.h)
//
// Crash story: log and snapshots are durable by themselves, step by step; the marker is replaced
// when all that it tells of is there. So what a marker says is whole, and a folder that has only
// `begun` is not; both are gone on with by the next backup. Thread: one at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "storage/durable_file.h"
#include "storage/event_log.h"
#include "storage/log_id.h"

namespace facet {

/// A backup, as its marker tells of it.
struct BackupState {
  LogId log;
  LogEnd end;            // of the log in it
  int64_t time = 0;      // when it was whole, microseconds since 1970
  std::string snapshot;  // the newest one in it; empty: none
};

class BackupFolder {
 public:
  /// To write a backup of this log: makes the folder if it is not there (its parent must be), and
  /// takes the lock. Throws LogFailed: it is in use, has something else in it or a backup of
  /// another log, or its marker is damaged.
  BackupFolder(std::filesystem::path path, LogId log);
  /// To read a whole backup. Throws LogFailed if it is in use, not whole, or its marker damaged.
  explicit BackupFolder(std::filesystem::path path);

  /// Whether the folder says that it is a backup, whole or not.
  static bool isOne(const std::filesystem::path& path);

  std::filesystem::path logPath() const { return path_ / "log"; }
  std::filesystem::path snapshotPath() const { return path_ / "snapshots"; }
  /// When it was last whole; nothing: never.
  const std::optional<BackupState>& state() const { return state_; }

  /// Everything that the state tells of is there, durably.
  void finish(const BackupState& state);

 private:
  void begin(LogId log);

  std::filesystem::path path_;
  FileDescriptor lock_;
  std::optional<BackupState> state_;
};

}  // namespace facet
