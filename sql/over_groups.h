// OverGroups: rewrites an expression of an aggregated SELECT so that it reads groups instead of
// rows. Thread: belongs to its owner.
#pragma once

#include <vector>

#include "sql/names.h"

namespace facet {

struct OverGroups {
  const Source& source;
  const NameScope& names;
  const std::vector<ExprPtr>& groupBy;

  /// Every part that is a GROUP BY expression becomes its groupColumn leaf; a column that is left
  /// is an error.
  ExprPtr operator()(const ExprPtr& expr) const;
};

}  // namespace facet
