// SiteList: the texts of a view's expressions, each once, for messages and for `facet explain`.
// Snapshots name expressions by their numbers: the order in which a plan adds them is part of the
// states' format. Thread: belongs to the planner.
#pragma once

#include <string>
#include <vector>

#include "sql/select.h"

namespace facet {

class SiteList {
 public:
  /// Texts go behind those of `texts`.
  SiteList(const Select& select, std::vector<std::string>& texts)
      : select_(select), texts_(texts) {}

  // The number of the text, in the list.
  uint32_t add(const Expr& expr);
  uint32_t add(const Aggregate& aggregate);
  uint32_t add(std::string text);

 private:
  const Select& select_;
  std::vector<std::string>& texts_;
};

}  // namespace facet
