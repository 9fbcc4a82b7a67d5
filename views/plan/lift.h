// What of an expression can be computed below the joins: its largest parts over the source alone
// become columns of the lower row. Thread: belongs to the compiler of a plan.
#pragma once

#include <cstdint>
#include <vector>

#include "sql/expr.h"

namespace facet {

/// Which rows an expression looks at: the source (relation 0, or the event itself), and tables that
/// are joined to it.
struct ExprUses {
  bool source = false;
  bool tables = false;
};
ExprUses usesOf(const Expr& expr);

class Lifter {
 public:
  /// `first`: the number of the first column.
  explicit Lifter(uint32_t first) : first_(first) {}

  /// The expression with its parts over the source alone as columns of relation 0, the lower row.
  ExprPtr lift(const ExprPtr& expr);

  /// The parts, in the order of their columns.
  const std::vector<ExprPtr>& parts() const { return parts_; }

 private:
  uint32_t columnOf(const ExprPtr& part);

  uint32_t first_;
  std::vector<ExprPtr> parts_;
};

}  // namespace facet
