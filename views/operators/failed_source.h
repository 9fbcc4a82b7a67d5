// FailedSource: of a row of the source for which something below the joins failed: which row it
// was, and which of its sums can't be made. The bytes of the lower row's column
// LowerPlan::kFailedRow, so that each such row has an entry of its own, and is known when its
// errors count.
//
//   u64 the event's position   u16 aggregate (kNoSum: all were summed)   u16 ErrorCode   u32 site
//   then, of a table's row, its key row
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/evaluator.h"
#include "views/plan/source_plan.h"
#include "views/state/view_errors.h"

namespace facet {

/// An aggregate of the view whose argument, or filter, fails for a row.
struct FailedSum {
  uint32_t aggregate;
  uint32_t site;  // in ViewPlan::Operators::sites
  ErrorCode code;
};

struct FailedSource {
  FailedRow row;
  std::optional<FailedSum> sum;
};

/// A row of the source, whose first packed row is this input of its context.
FailedRow failedRow(const SourcePlan& source, const EvalContext& context, size_t input);

void packFailedSource(const FailedSource& failed, std::string& out);
/// The key row points into the bytes, which are 8-byte aligned.
FailedSource unpackFailedSource(const SourcePlan& source, std::string_view bytes);

/// Before format 5 of states, the column had the whole row of the source, by which everything was
/// evaluated once more: position, time, its packed rows. Null: the bytes are of today.
struct WholeSource {
  Position position;
  int64_t time;
  Row rows[2];
};
std::optional<WholeSource> wholeSource(const SourcePlan& source, std::string_view bytes);

}  // namespace facet
