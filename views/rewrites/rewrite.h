// What a SELECT is rewritten to before it is run: a SELECT that answers the same, and costs less.
// Each rewrite is a function in a file of its own, with its reason; rewriteSelect() does them all,
// from the outermost block inwards. Thread: pure functions.
#pragma once

#include "sql/select.h"

namespace facet {

Select rewriteSelect(Select select);

/// isolate_inputs.cc. Each input of a join becomes a block, so that filters and columns of its own
/// can stand there.
void isolateInputs(Select& select);

/// push_filters.cc. Conditions about one input of a join alone move into its block.
void pushFilters(Select& select);

/// push_through_groups.cc. Conditions about the groups of a block below move beneath its grouping.
void pushThroughGroups(Select& select);

/// merge_subselect.cc. A block over one block that only filters and computes becomes one with it.
/// False: there is none such.
bool mergeSubselect(Select& select);

/// prune_columns.cc. Outputs that nobody reads leave the blocks below, and what only they need.
void pruneColumns(Select& select);

}  // namespace facet
