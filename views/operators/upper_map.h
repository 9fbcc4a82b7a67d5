// UpperMap: from a row (of the source, or joined) to its part in a group or a stored row: WHERE and
// the stored key first, then what the aggregates or the rest of the row take. Thread: belongs to
// its shard.
#pragma once

#include <optional>
#include <vector>

#include "views/operators/delta_batch.h"
#include "views/operators/failed_source.h"
#include "views/plan/delta_format.h"
#include "views/plan/row_programs.h"
#include "views/plan/source_plan.h"
#include "views/state/view_errors.h"
#include "views/tables/limits.h"
#include "views/tables/row_bytes.h"

namespace facet {

/// Whose rows are made of those that are looked at.
struct Kept {
  /// Every shard looks at the same rows, and keeps those of this one. A row whose key fails belongs
  /// to none: shard 0 counts it. Nothing: each row is looked at by one shard, which makes rows for
  /// all.
  std::optional<uint32_t> only;

  bool counts() const { return only.value_or(0) == 0; }
};

class UpperMap {
 public:
  /// `format`: of what is made. `input`: which one of a row's context is the source's own first
  /// packed row; nothing: it is not among them, but something that several rows have.
  UpperMap(const RowPrograms& programs, const DeltaFormat& format, const SourcePlan& source,
           std::optional<size_t> input, uint32_t shards, ViewErrors& errors);

  /// The contexts from now on are of this row, of which something failed below; null: of none such.
  void enter(const FailedSource* failed) { failed_ = failed; }

  /// Adds what is made of the row; null if that is nothing: WHERE does not let it pass, the row is
  /// another shard's, or an expression fails, which is counted with the weight.
  DeltaRow* map(const EvalContext& context, int64_t weight, Kept kept, DeltaBatch& out);

  /// The row of the context, to count an error of it.
  FailedRow rowOf(const EvalContext& context) const;

 private:
  /// An aggregate that looks at rows: what decides whether it counts one, and what it takes of it;
  /// null: nothing does.
  struct Argument {
    uint32_t aggregate;
    const Site* filter;
    const Site* value;
  };

  bool passes(const EvalContext& context, int64_t failing);
  bool buildKey(const EvalContext& context, int64_t failing);
  bool makeRest(const EvalContext& context, DeltaRow& row, DeltaBatch& out);
  bool makeArguments(const EvalContext& context, const DeltaRow& row, DeltaBatch& out);
  bool fail(uint32_t site, ErrorCode code, const EvalContext& context, int64_t weight,
            Row key = {});
  bool failRow(const EvalContext& context, int64_t weight);
  /// Whether the row that is made is no larger than a row may be with this value too.
  bool fits(const Value& value) { return (bytes_ += tailBytes(value)) <= kMaxRowBytes; }

  const RowPrograms& programs_;
  const DeltaFormat& format_;
  const SourcePlan& source_;
  const std::optional<size_t> input_;
  const uint32_t shards_;
  ViewErrors& errors_;
  const FailedSource* failed_ = nullptr;
  RowBuilder keyBuilder_, restBuilder_, shardBuilder_;
  size_t bytes_ = 0;  // of the row that is made
  std::vector<Argument> arguments_;
};

}  // namespace facet
