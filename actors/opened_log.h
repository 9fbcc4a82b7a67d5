// The first two stages of a start: the folder is locked and its log open; and it is settled whose
// log that is, a primary's own or a copy of another node's. What comes next is the model
// (log_model.h).
//
// Thread: main's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/node.h"
#include "actors/replication/feed_source.h"
#include "storage/data_folder.h"
#include "storage/event_log.h"
#include "storage/snapshot_store.h"

namespace facet {

/// What opening gave. Nothing in it is null.
struct OpenedLog {
  std::shared_ptr<DataFolder> folder;
  std::unique_ptr<SnapshotStore> store;
  std::unique_ptr<EventLog> log;
  int64_t micros = 0;  // that it took
};

/// Whose log it is.
struct LogOrigin {
  std::optional<LogId> followed;  // of a replica: this log, be its birth not here yet
  std::string newEpoch;           // why one begins with this start; empty: none does
};

/// Locks the folder, unless it is locked already, and opens the log. Throws LogFailed.
OpenedLog openLog(const NodeOptions& options);

/// A primary's own, from now on. Throws LogFailed: it can't be.
LogOrigin ownLog(const OpenedLog& opened, const NodeOptions& options);

/// Copied from the source, from now on. Waits until that is there. Throws std::runtime_error if it
/// is interrupted; LogFailed.
LogOrigin followedLog(OpenedLog& opened, FeedSource& source, const NodeOptions& options);

}  // namespace facet
