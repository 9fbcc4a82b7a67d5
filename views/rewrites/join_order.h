// In which order the inputs of a join are put together when they are read once, and how the rows of
// each are found: by its key, by a table of hashes, or by looking at all. What has to be held is
// least. Thread: pure function.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sql/select.h"

namespace facet {

struct JoinStep {
  enum class Find : uint8_t {
    key,   // the input is a relation with filters, whose key is known from the inputs before it
    hash,  // some expressions over it equal others over the inputs before it
    all,
  };

  uint32_t input = 0;
  Find find = Find::all;  // not of the first one, which is scanned
  /// Over the inputs before it: in the order of the relation's key; or of `own`. Types are theirs.
  std::vector<ExprPtr> known;
  std::vector<ExprPtr> own;      // hash: over it
  std::vector<ExprPtr> partner;  // which rows meet, beside that; only of outer joins
  /// What is asked of the joined row then, before the next input.
  std::vector<ExprPtr> where;
};

/// `rows`: about how many an input has, 0 where it does not matter. `select` has several inputs,
/// all of them blocks (rewrite.h).
std::vector<JoinStep> orderJoins(const Select& select,
                                 const std::function<uint64_t(uint32_t input)>& rows);

/// The relation whose rows the block shows, filtered, column by column; null: it does more.
const Relation* plainRelation(const Subselect& block);

}  // namespace facet
