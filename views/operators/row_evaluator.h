// RowEvaluator: from a row (of the source, or joined) to its contribution: WHERE and the stored
// key first, then, for whoever owns the key, what the aggregates or the rest of the row take.
// Thread: belongs to its shard.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "views/operators/failed_source.h"
#include "views/plan/view_operators.h"
#include "views/state/contribution.h"
#include "views/state/view_errors.h"
#include "views/tables/limits.h"
#include "views/tables/row_bytes.h"

namespace facet {

class RowEvaluator {
 public:
  /// `source`: which input of a row's context is the source's own first packed row; nothing: it is
  /// not among them, but something that several rows have.
  RowEvaluator(const ViewPlan::Operators& plan, const RowPrograms& programs, ViewErrors& errors,
               std::optional<size_t> source);

  /// The contexts from now on are of this row, of which something failed below; null: of none such.
  void enter(const FailedSource* failed) { failed_ = failed; }

  /// Sets key, hash and weight. False if WHERE does not let the row pass, or an expression fails; a
  /// failure is counted with the weight if `counts` (a row that every shard looks at is counted by
  /// one).
  bool select(const EvalContext& context, int64_t weight, bool counts, Contribution& out);
  /// Sets the rest. False if an expression fails, which is counted.
  bool complete(const EvalContext& context, Contribution& out);
  // What a contribution points to is valid until the next call.

  /// The row of the context, to count an error of it.
  FailedRow rowOf(const EvalContext& context) const;

 private:
  bool fail(uint32_t site, ErrorCode code, const EvalContext& context, int64_t weight,
            Row key = {});
  /// Whether the row that is made is no larger than a row may be with this value too.
  bool fits(const Value& value) { return (bytes_ += tailBytes(value)) <= kMaxRowBytes; }
  bool failRow(const EvalContext& context, int64_t weight);
  bool evaluateArgument(size_t aggregate, const EvalContext& context, const Contribution& row);

  const ViewPlan::Operators& plan_;
  const RowPrograms& programs_;
  ViewErrors& errors_;
  std::optional<size_t> source_;
  const FailedSource* failed_ = nullptr;
  RowBuilder keyBuilder_, restBuilder_;
  size_t bytes_ = 0;                  // of the row that is made
  std::vector<uint32_t> aggregates_;  // those with an argument or a filter
  std::vector<Value> arguments_;
  std::unique_ptr<bool[]> present_;
};

}  // namespace facet
