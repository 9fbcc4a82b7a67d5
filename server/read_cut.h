// Cuts to answer from: what a client asks of one, and pinning the newest. Thread: any.
#pragma once

#include <kj/string.h>
#include <kj/time.h>

#include <span>

#include "actors/node.h"

namespace facet {

/// A cut to answer from: pinned as long as this lives.
struct ReadCut {
  Cuts::Pin pin;
  Position at;
  bool older = false;   // the token was not reached in time, and the client takes what there is
  kj::String degraded;  // why the relation stands at an older cut
};

/// What a client asks of a cut; checked.
struct ReadDemand {
  Position atLeast;
  kj::Duration maxWait = 0 * kj::SECONDS;
  bool orOlder = false;
};

/// The newest cut of what is read, which may be nothing; or an exception: out of service, degraded
/// before the token, or before others that it is read with, "timed out", overloaded.
ReadCut pinCut(Node& node, std::span<const LiveRelation* const> lives, const ReadDemand& demand);

/// Of one relation.
inline ReadCut pinCut(Node& node, const LiveRelation& live, const ReadDemand& demand) {
  const LiveRelation* const one = &live;
  return pinCut(node, {&one, 1}, demand);
}

}  // namespace facet
