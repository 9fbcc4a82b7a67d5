// The fourth stage of a start: the newest snapshot that is of use, and the fold of the log after
// it, by the same projections that serve later. What comes next is a running node (node_core.h).
//
// Thread: main's.
#pragma once

#include <memory>

#include "actors/broadcast.h"
#include "actors/log/control_history.h"
#include "actors/node.h"
#include "actors/node_reports.h"
#include "actors/node_state.h"
#include "actors/opened_log.h"

namespace facet {

/// A state that stands at the log's end, and the actors that keep its views. Nothing in it is null.
struct RecoveredState {
  OpenedLog opened;
  LogId logId;
  std::unique_ptr<ControlHistory> history;
  std::unique_ptr<NodeState> state;
  std::unique_ptr<Broadcast> broadcast;
  Node::Recovery figures;
};

/// `reports` outlives what comes out; so does `digests`, which gets digests of views and tables at
/// agreed positions (null: nobody compares). Throws as Node::start.
RecoveredState recover(OpenedLog opened, const LogOrigin& origin, const NodeOptions& options,
                       NodeReports& reports, DigestSink* digests);

}  // namespace facet
