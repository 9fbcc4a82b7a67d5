// PlanStep: one operator of a plan, for people: what it does, and how it fares in a running node.
// Values.
#pragma once

#include <cstdint>
#include <string>

namespace facet {

/// What an operator keeps now, and what it was given since the node, or its view, began.
struct OperatorFigures {
  uint64_t keys = 0;   // distinct rows, entries or groups that it keeps
  uint64_t bytes = 0;  // that its state takes
  uint64_t taken = 0;  // rows given to it

  OperatorFigures& operator+=(const OperatorFigures& other) {
    keys += other.keys;
    bytes += other.bytes;
    taken += other.taken;
    return *this;
  }
};

struct PlanStep {
  std::string text;  // lines, each with its end
  OperatorFigures figures;
};

}  // namespace facet
