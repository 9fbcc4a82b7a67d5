// DataFolder: the folder of one node (--data): who may use it, and what is in it.
//
//   DIR/facet-data       what this folder is, and the format's version: a line of text
//   DIR/lock             flock: held as long as a process uses the folder
//   DIR/log/…            the event log (lmdb_log.h)
//   DIR/snapshots/…      snapshots (snapshot_store.h)
//   DIR/follows          of a replica: the id of the log that it copies, be its birth not here yet
//                        (a restored log's comes late): a line of text
//   DIR/restoring        instead of facet-data: a restore fills the folder; nobody serves from it
//
// Thread: belongs to main.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "storage/durable_file.h"
#include "values/position.h"

namespace facet {

class DataFolder {
 public:
  /// Creates the folder, with an empty log in it, if it is not there, else checks that it is
  /// facet's and of a known format; takes the lock. Its parent must be there. Refuses (LogFailed,
  /// see event_log.h) a folder that another process has open (naming its process id), that is not
  /// empty and not facet's, whose log is missing, that a newer version wrote, or that cannot be
  /// written.
  explicit DataFolder(std::filesystem::path path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path logPath() const { return path_ / "log"; }
  std::filesystem::path snapshotPath() const { return path_ / "snapshots"; }
  bool isNew() const { return isNew_; }

  /// The log that a replica copies into it; nothing: none was set.
  std::optional<LogId> followed() const;
  void setFollowed(LogId id);
  /// It is no replica's, or no longer.
  void forgetFollowed();

  /// Whether the folder says that it is one.
  static bool isOne(const std::filesystem::path& path);

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool isNew_ = false;
};

/// A data folder that a restore fills. Until finish() it is refused, by name, wherever a data
/// folder is taken.
class UnfinishedDataFolder {
 public:
  /// Makes the folder if it is not there (its parent must be), and takes the lock. Refuses
  /// (LogFailed) one with anything in it, and one that a restore has left unfinished.
  explicit UnfinishedDataFolder(std::filesystem::path path);
  /// Without finish(): removes what is in it, and the folder if it was made here, as far as it can
  /// be. Whoever fills it is done before.
  ~UnfinishedDataFolder();
  UnfinishedDataFolder(const UnfinishedDataFolder&) = delete;
  UnfinishedDataFolder& operator=(const UnfinishedDataFolder&) = delete;

  std::filesystem::path logPath() const { return path_ / "log"; }
  std::filesystem::path snapshotPath() const { return path_ / "snapshots"; }

  /// Everything in it is durable: makes it a data folder, at once and durably, and lets go of the
  /// lock.
  void finish();

 private:
  void giveUp();
  void takeMarkerBack();

  std::filesystem::path path_;
  FileDescriptor lock_;
  bool isNew_ = false;
  bool finished_ = false;
};

}  // namespace facet
