// RowPrograms: what makes the rows of one operator of the rows of the one before it. Thread:
// immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sql/evaluator.h"

namespace facet {

/// A program, and what it computes, for messages.
struct Site {
  Program program;
  uint32_t text = 0;  // in ViewPlan::Operators::sites
};

struct RowPrograms {
  std::vector<Site> where;
  std::vector<Site> key;                       // the columns of the key, in its order
  std::vector<Site> rest;                      // the columns of the rest
  std::vector<std::optional<Site>> arguments;  // by aggregate; none for what is summed before
  std::vector<std::optional<Site>> filters;    // by aggregate
  uint32_t rowSite = 0;                        // for a row that is too large
};

}  // namespace facet
