// HighWater: the file log/high-water: what was acknowledged last, kept outside LMDB, because LMDB
// goes back to an older state without a word when its newer meta page is lost.
//
// Two EndRecords of 64 bytes, written in turn after each commit, so that a torn write leaves the
// other. Not synced with each commit: after a power loss it is a lower bound, after a kill it is
// exact. An empty file says that an operator accepts the log's end as it is found. The file is
// locked (flock) as long as it is open: one process, one log. Thread: the journal's.
#pragma once

#include <filesystem>

#include "storage/durable_file.h"
#include "storage/event_log.h"

namespace facet {

class HighWater {
 public:
  /// Makes the file, durably, for an empty log.
  static void create(const std::filesystem::path& file);

  /// Opens and locks it. Throws LogFailed if it is missing, locked or both records are damaged.
  explicit HighWater(std::filesystem::path file);

  /// The end that was written last; the start of the log, if an operator accepts any end.
  const LogEnd& mark() const { return mark_; }

  void write(const LogEnd& end);
  void sync();

 private:
  std::filesystem::path file_;
  FileDescriptor fd_;
  LogEnd mark_;
  unsigned slot_ = 0;  // where the next record goes
};

}  // namespace facet
