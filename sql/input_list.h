// InputList: what FROM has named so far, as inputs of one block, and the conditions that join them.
// Some of it can become one input, a block of its own, whose columns keep their names: what an
// outer join has on its sides. Thread: belongs to its binder.
#pragma once

#include <cstddef>
#include <vector>

#include "sql/names.h"
#include "sql/select.h"

namespace facet {

struct InputList {
  std::vector<NamedRelation> relations;  // several may be of one input
  std::vector<Select::From> inputs;
  std::vector<ExprPtr> conditions;  // of inner joins

  /// How far the list was at some time.
  struct Mark {
    size_t relation;
    size_t input;
    size_t condition;
  };
  Mark mark() const { return {relations.size(), inputs.size(), conditions.size()}; }

  /// Makes one input of what came from `from` on, before `to`; nothing of the conditions came
  /// behind it. One that is alone stays as it is.
  void group(const Mark& from, const Mark& to);
  /// The last two inputs change places; neither is in a condition yet.
  void swapLast();
};

}  // namespace facet
