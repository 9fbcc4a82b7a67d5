// What a restore reads: a backup, or the folder of a node that is stopped: locked, and its log
// open. A log that begins later is of use only with a snapshot at or after its beginning: the
// oldest one is the earliest state that can be restored. Thread: its owner's.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "actors/snapshots/snapshot_format.h"
#include "storage/backup_folder.h"
#include "storage/data_folder.h"
#include "storage/event_log.h"
#include "storage/snapshot_store.h"

namespace facet {

class RestoreSource {
 public:
  /// Throws LogFailed if it is neither, in use, not whole, or damaged.
  explicit RestoreSource(const std::filesystem::path& path);

  const EventLog& log() const { return *log_; }
  /// Of what is whole: a backup's log can go on behind it.
  const LogEnd& end() const { return end_; }
  const SnapshotStore& snapshots() const { return *store_; }
  /// As a backup's marker says it.
  std::optional<LogId> logId() const;

  bool beginsLater() const { return log_->begin().next.value > 0; }
  /// Where it begins later: the oldest snapshot that a node can start from.
  struct Base {
    std::string name;
    SnapshotManifest manifest;
  };
  const std::optional<Base>& base() const { return base_; }

 private:
  void requireEnd() const;
  void findBase();
  bool isOfThisLog(const LogEnd& end) const;

  const std::filesystem::path path_;
  std::optional<BackupFolder> backup_;
  std::optional<DataFolder> node_;
  std::unique_ptr<EventLog> log_;
  LogEnd end_;
  std::optional<SnapshotStore> store_;
  std::optional<Base> base_;
};

}  // namespace facet
