// Verification: the live views and tables against the log folded anew, beside everything that goes
// on: nobody waits for it. Three digests must be equal at one position: the one that was kept with
// each change, the one of the rows as readers see them, and the one of the fold.
// Thread: its caller's, for long.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/snapshots/refold.h"

namespace facet {

struct VerifiedRelation {
  std::string name;
  bool isView = false;
  Position position;   // where it was looked at: the newest cut, or that of a degraded view
  uint128 kept = 0;    // with each change
  uint128 rows = 0;    // as readers see them
  uint128 folded = 0;  // from the log
  bool isSound() const { return kept == rows && rows == folded; }
};

struct Verification {
  std::vector<VerifiedRelation> relations;
  uint64_t events = 0;  // folded
  Position from;        // after the snapshot that the fold began with; 0: the log's beginning
  double seconds = 0;
};

/// The digests of now. `tables`, `cuts`: the node's.
std::vector<VerifiedRelation> lookAt(const std::vector<const LiveRelation*>& relations,
                                     const Tables& tables, Cuts& cuts);

/// Folds up to the last of the positions, and notes what each relation has at its own. Returns
/// false if `goOn` did.
bool compare(std::vector<VerifiedRelation>& relations, Refold& refold, const EventLog& log,
             const std::function<bool(Position)>& goOn);

}  // namespace facet
