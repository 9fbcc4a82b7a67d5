// Rebuild: a view is filled anew from the log, beside the live one, which goes on being read and
// written; then the copy takes its place, at one position.
//
//   1. fold the log into a copy, up to near its end;
//   2. the view's projections stand still after the chunks that they have: the view is at S;
//   3. fold the rest, up to S; the copy's shards are the view's from S on (LiveView::adopt);
//   4. the projections go on, with the new shards. Readers of cuts before S keep the old ones.
//
// What the view lags through 2 to 4 is the fold of the last few chunks. Thread: its caller's.
#pragma once

#include "actors/log/lag_clock.h"
#include "actors/snapshots/refold.h"

namespace facet {

struct Rebuilt {
  Position position;    // from here on the copy is read
  uint64_t events = 0;  // folded
  Position from;        // after the snapshot that the fold began with; 0: the log's beginning
  double seconds = 0;
  uint128 before = 0;  // the view's digest there
  uint128 after = 0;   // the copy's
  Position looked;     // shortly before: where the old rows were looked at
  uint128 kept = 0;    // the view's digest there
  uint128 rows = 0;    // that of its rows, made anew from each

  /// Else rows were damaged, or were not what the log says.
  bool sameRows() const { return before == after && kept == rows; }
};

/// The view's projections, and who wants the rebuild to end.
class RebuildHost {
 public:
  /// Has them stand still; returns where, once all do.
  virtual Position pause() = 0;
  virtual void resume() = 0;
  /// Whether to give up.
  virtual bool isStopping() const = 0;

 protected:
  ~RebuildHost() = default;
};

/// `refold` folds the view alone; `tables`: the node's, for the copy to look at from then on;
/// `lag`: of the log. Throws std::runtime_error if it was given up: the view is as it was.
Rebuilt rebuild(LiveView& view, Refold& refold, const Tables& tables, const EventLog& log,
                const LagClock& lag, RebuildHost& host);

}  // namespace facet
