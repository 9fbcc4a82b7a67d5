// DataFolder: the folder of one node (--data): who may use it, and what is in it.
//
//   DIR/facet-data       what this folder is, and the format's version: a line of text
//   DIR/lock             flock: held as long as a process uses the folder
//   DIR/log/…            the event log (lmdb_log.h)
//   DIR/snapshots/…      snapshots (snapshot_store.h)
//
// Thread: belongs to main.
#pragma once

#include <filesystem>
#include <string>

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

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool isNew_ = false;
};

}  // namespace facet
