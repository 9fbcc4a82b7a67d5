// ReaderNeeds: what readers may still look at in a writer's versioned state, and so what its
// reclaim() must keep. A value; computed by the writer, for itself, once a chunk.
//
// Versions: readers look at positions from the horizon on, but for a gap. A view that is degraded
// is read at its last good cut, and at nothing after it until it has recovered: then from that
// position on. Whatever is shadowed within the gap is garbage, however long the view stays so. The
// same holds between a snapshot's cut and what others look at.
//
// Memory: what was unlinked may still be walked over. It is kept until the horizon has passed it
// (store_retired.h), or, where the horizon may stand still (in a gap, or in tables while every
// command is rejected), until ticks tell that every reader has gone that can have found it
// (Cuts::tick).
#pragma once

#include <algorithm>
#include <cstdint>

#include "values/position.h"

namespace facet {

struct ReaderNeeds {
  /// Nobody looks at a version that is shadowed at or before it.
  Position horizon;
  /// Positions p that nobody looks at: gapAfter < p < gapEnd. None if gapEnd <= gapAfter.
  Position gapAfter;
  Position gapEnd;
  /// Of now, and the oldest one that a reader began at. 0: the horizon alone decides.
  uint64_t tick = 0;
  uint64_t quiescent = 0;

  bool hasGap() const { return gapEnd > gapAfter; }
  /// The same of a writer that has got no further than `last`.
  ReaderNeeds upTo(Position last) const {
    ReaderNeeds out = *this;
    out.horizon = std::min(horizon, last);
    out.gapEnd = std::min(gapEnd, last);
    return out;
  }
  /// The same of state that nobody looks at before `first`.
  ReaderNeeds notBefore(Position first) const {
    ReaderNeeds out = *this;
    out.horizon = std::max(horizon, first);
    if (hasGap()) out.gapAfter = std::max(gapAfter, first);
    return out;
  }
  static ReaderNeeds from(Position horizon) { return {horizon, {}, {}, 0, 0}; }
  /// Of state that nobody but its writer looks at.
  static ReaderNeeds ofWriterAlone(Position horizon) { return {horizon, {}, {}, 1, UINT64_MAX}; }
};

/// What a view's shard must keep.
struct ViewNeeds {
  ReaderNeeds rows;   // of the rows that queries read; behind a held cut too
  ReaderNeeds state;  // of what only its writer looks at, and a snapshot at its pin
};

}  // namespace facet
