// The third stage of a start: the model that the log's events are read with, which is recorded in
// the log if it is new, as is a new epoch. What comes next is the fold (recover.h).
//
// Thread: main's.
#pragma once

#include <memory>
#include <vector>

#include "actors/log/recovery.h"
#include "actors/node.h"
#include "actors/opened_log.h"
#include "actors/snapshots/snapshot_search.h"

namespace facet {

struct LogModel {
  std::shared_ptr<const Model> model;  // not null
  LogId logId;
  LogHistory history;  // with what was recorded here
};

/// `found`: snapshots of the log. Throws ModelError (the model that is asked for does not fit the
/// log's), std::invalid_argument, LogFull, LogFailed.
LogModel settleModel(OpenedLog& opened, const LogOrigin& origin, const NodeOptions& options,
                     const std::vector<FoundSnapshot>& found);

}  // namespace facet
