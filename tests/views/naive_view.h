// A view's rows made from nothing, the plain way: all rows of the source, joined by search, grouped
// into lists of values. What the engine must have at every position.
#pragma once

#include <string>
#include <vector>

#include "tests/views/engine_vocabulary.h"

namespace facet::test {

struct NaiveResult {
  Lines rows;           // sorted
  bool failed = false;  // PostgreSQL's SELECT would fail
};

/// An event of the history, at its place: position 1 is the first.
struct PastEvent {
  uint32_t event = 0;
  std::vector<uint64_t> row;
};

NaiveResult naiveRows(const Model& model, const ViewType& view,
                      const std::vector<PastEvent>& history, const Tables& tables);

}  // namespace facet::test
