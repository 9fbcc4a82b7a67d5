#include "server/read_cut.h"

#include <string>

#include "server/fault.h"

namespace facet {
namespace {

const std::string& nameOf(const LiveRelation& live) {
  return live.view() != nullptr ? live.view()->relation.name : live.table()->relation.name;
}

void checkInService(const LiveRelation& live) {
  if (const std::string* why = live.outOfService()) {
    throwFailed(fmt::format("\"{}\" is out of service, because {}; read it on another node",
                            nameOf(live), *why));
  }
}

/// Where a relation stands.
struct Reach {
  const LiveRelation* live = nullptr;  // null: there is no relation
  Position at;
  std::string degraded;
};

Reach reachOf(const LiveRelation& live, Cuts::Pin& pin) {
  Reach out{&live, {}, {}};
  out.at = live.cut(pin, &out.degraded);
  return out;
}

/// The reach of them all at a cut: looking at one may have moved the pin to a newer one.
Reach commonReach(std::span<const LiveRelation* const> lives, Cuts::Pin& pin) {
  Reach first{nullptr, pin.position(), {}};
  for (bool again = true; again;) {
    const Position pinned = pin.position();
    for (size_t i = 0; i < lives.size(); ++i) {
      Reach reach = reachOf(*lives[i], pin);
      if (i == 0) {
        first = std::move(reach);
      } else if (reach.at != first.at && pin.position() == pinned) {
        const Reach& behind = reach.at < first.at ? reach : first;
        throwFailed(fmt::format(
            "\"{}\" stands at position {}, because {}; what it is joined with has gone on: read it "
            "alone to have its last good rows",
            nameOf(*behind.live), behind.at.value, behind.degraded));
      }
    }
    again = pin.position() != pinned;
  }
  return first;
}

}  // namespace

ReadCut pinCut(Node& node, std::span<const LiveRelation* const> lives, const ReadDemand& demand) {
  for (const LiveRelation* live : lives) checkInService(*live);
  ReadCut cut;
  cut.pin = node.cuts().pin();
  if (!cut.pin) {
    throwOverloaded("overloaded: too many scans and queries are open; try again in a moment");
  }
  const Reach reach = commonReach(lives, cut.pin);
  cut.at = reach.at;
  if (!reach.degraded.empty()) {
    cut.degraded = kj::heapString(reach.degraded.data(), reach.degraded.size());
  }
  if (cut.at >= demand.atLeast) return cut;
  if (!demand.orOlder) {
    if (cut.degraded.size() > 0) {
      throwFailed(fmt::format(
          "\"{}\" stands at position {}, before the token's {}, because {}; to have its last "
          "good rows, read without the token, or with orOlder (--or-older)",
          nameOf(*reach.live), cut.at.value, demand.atLeast.value, cut.degraded.cStr()));
    }
    throwFailed(
        fmt::format("{}position {} is not visible yet, the newest is {}; wait longer "
                    "(maxWait, --at-least-wait), or read with orOlder (--or-older)",
                    kTimedOut, demand.atLeast.value, cut.at.value));
  }
  cut.older = true;
  return cut;
}

}  // namespace facet
