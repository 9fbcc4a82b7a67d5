// A log that lost its end, or of which an older copy was put back, may have a snapshot of the same
// log from after that. An operator may let the log begin anew after it: what is in the snapshot is
// there again, as state; the events are not. Thread: main, before the log is opened.
#pragma once

#include <string>

#include "storage/data_folder.h"
#include "storage/snapshot_store.h"

namespace facet {

/// Has the folder's log begin after this snapshot, once all of that was read and found sound. The
/// log that was there is kept, beside it, as `log.replaced`. Nothing to do if it begins so already.
/// Refuses (LogFailed) if the log has what the snapshot has: then nothing is to be gained.
///
/// Crash story: the new log is made as `log.new`, and takes the old one's name at once; the old one
/// then has that of the new, and gets its own.
void restartLog(const DataFolder& folder, const SnapshotStore& store, const std::string& snapshot);

}  // namespace facet
