// RowEvaluator: from a row (of the source, or joined) to its contribution: WHERE and the stored
// key first, then, for whoever owns the key, what the aggregates or the rest of the row take.
// Thread: belongs to its shard.
#pragma once

#include <memory>
#include <vector>

#include "views/contribution.h"
#include "views/limits.h"
#include "views/row_bytes.h"
#include "views/view_errors.h"
#include "views/view_operators.h"

namespace facet {

class RowEvaluator {
 public:
  RowEvaluator(const ViewPlan::Operators& plan, const RowPrograms& programs, ViewErrors& errors);

  /// Sets key, hash and weight. False if WHERE does not let the row pass, or an expression fails; a
  /// failure is counted with the weight if `counts` (a row that every shard looks at is counted by
  /// one).
  bool select(const EvalContext& context, int64_t weight, bool counts, Contribution& out);
  /// Sets the rest. False if an expression fails, which is counted.
  bool complete(const EvalContext& context, Contribution& out);
  // What a contribution points to is valid until the next call.

 private:
  bool fail(const Site& site, const Value& value, const EvalContext& context, int64_t weight);
  /// Whether the row that is made is no larger than a row may be with this value too.
  bool fits(const Value& value) { return (bytes_ += tailBytes(value)) <= kMaxRowBytes; }
  bool failRow(const EvalContext& context, int64_t weight);
  bool evaluateArgument(size_t aggregate, const EvalContext& context, int64_t weight);

  const ViewPlan::Operators& plan_;
  const RowPrograms& programs_;
  ViewErrors& errors_;
  RowBuilder keyBuilder_, restBuilder_;
  size_t bytes_ = 0;                  // of the row that is made
  std::vector<uint32_t> aggregates_;  // those with an argument or a filter
  std::vector<Value> arguments_;
  std::unique_ptr<bool[]> present_;
};

}  // namespace facet
