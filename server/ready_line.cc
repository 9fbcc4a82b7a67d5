#include "server/ready_line.h"

#include <fmt/format.h>

#include <cmath>

#include "values/json.h"

namespace facet {

namespace {

std::string fromSnapshot(const Node::Recovery& recovery) {
  if (recovery.snapshot.value == 0) return "";
  std::string out = fmt::format(" after the snapshot at {}", recovery.snapshot);
  if (!recovery.filled.empty()) {
    out += fmt::format(", which had not {}: filled from the log", fmt::join(recovery.filled, ", "));
  }
  return out;
}

}  // namespace

std::string readyText(const std::string& addresses, const Node& node) {
  const Node::Recovery recovery = node.recovery();
  return fmt::format("ready {} position {} recovered {} events{} in {:.3f} s", addresses,
                     node.head(), recovery.events, fromSnapshot(recovery), recovery.seconds);
}

/// A path need not be UTF-8: what is not comes as U+FFFD.
std::string readyJson(const std::string& addresses, const Node& node) {
  const Node::Recovery recovery = node.recovery();
  Json out;
  out.set("ready", addresses);
  out.set("position", node.head().value);
  out.set("snapshot", recovery.snapshot.value);
  out.set("filled", recovery.filled);
  out.set("recovered", recovery.events);
  out.set("seconds", std::round(recovery.seconds * 1e3) / 1e3);
  return out.dump();
}

}  // namespace facet
