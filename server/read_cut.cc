#include "server/read_cut.h"

#include <string>

#include "server/fault.h"

namespace facet {
namespace {

ReadCut pinned(Node& node, const LiveRelation& live) {
  if (const std::string* why = live.outOfService()) {
    throwFailed(fmt::format("\"{}\" is out of service, because {}; read it on another node",
                            live.source().relation().name, *why));
  }
  ReadCut out;
  out.pin = node.cuts().pin();
  if (!out.pin) {
    throwOverloaded("overloaded: too many scans and queries are open; try again in a moment");
  }
  std::string why;
  out.at = live.cut(out.pin, &why);
  if (!why.empty()) out.degraded = kj::heapString(why.data(), why.size());
  return out;
}

}  // namespace

ReadCut pinCut(Node& node, const LiveRelation& live, const ReadDemand& demand) {
  ReadCut cut = pinned(node, live);
  if (cut.at >= demand.atLeast) return cut;
  if (!demand.orOlder) {
    if (cut.degraded.size() > 0) {
      throwFailed(fmt::format(
          "\"{}\" stands at position {}, before the token's {}, because {}; to have its last "
          "good rows, read without the token, or with orOlder (--or-older)",
          live.source().relation().name, cut.at.value, demand.atLeast.value, cut.degraded.cStr()));
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
