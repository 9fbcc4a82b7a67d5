#include "sql/input_list.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "sql/subselect.h"
#include "values/assert.h"

namespace facet {

namespace {

/// The expression with its inputs counted from `first`.
ExprPtr countedFrom(const ExprPtr& expr, size_t first) {
  return rewrite(expr, [first](const ExprPtr& node) -> ExprPtr {
    if (node->op != Op::column || first == 0) return nullptr;
    auto copy = std::make_shared<Expr>(*node);
    copy->relation -= static_cast<uint32_t>(first);
    return copy;
  });
}

/// Moves the end of a list to another one, up to `end`.
template <typename Item>
void moveOut(std::vector<Item>& list, size_t begin, size_t end, std::vector<Item>& to) {
  const auto first = list.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = list.begin() + static_cast<std::ptrdiff_t>(end);
  std::move(first, last, std::back_inserter(to));
  list.erase(first, last);
}

}  // namespace

void InputList::group(const Mark& from, const Mark& to) {
  FACET_ASSERT(conditions.size() == to.condition, conditions.size());
  const size_t count = to.input - from.input;
  if (count == 1 && to.condition == from.condition) return;
  auto block = std::make_shared<Subselect>();
  Select& select = block->select;
  moveOut(inputs, from.input, to.input, select.from);
  moveOut(conditions, from.condition, to.condition, select.where);
  for (ExprPtr& conjunct : select.where) conjunct = countedFrom(conjunct, from.input);
  for (Select::From& input : select.from) {
    for (ExprPtr& conjunct : input.on) conjunct = countedFrom(conjunct, from.input);
  }
  block->relation.kind = RelationKind::subselect;
  for (size_t r = from.relation; r < to.relation; ++r) {
    NamedRelation& relation = relations[r];
    const size_t first = select.outputs.size();
    for (size_t c = 0; c < relation.columnCount(); ++c) {
      select.outputs.push_back({std::string(relation.columnName(c)),
                                countedFrom(relation.columnExpr(c, -1), from.input)});
      block->relation.columns.push_back(columnOf(select, select.outputs.back()));
    }
    relation.index = static_cast<uint32_t>(from.input);
    relation.firstColumn = static_cast<uint32_t>(first);
  }
  for (size_t r = to.relation; r < relations.size(); ++r) {
    relations[r].index -= static_cast<uint32_t>(count - 1);
  }
  measure(*block);
  Select::From grouped;
  grouped.relation = &block->relation;
  grouped.alias = "joined";
  grouped.subselect = std::move(block);
  inputs.insert(inputs.begin() + static_cast<std::ptrdiff_t>(from.input), std::move(grouped));
}

void InputList::swapLast() {
  const auto last = static_cast<uint32_t>(inputs.size() - 1);
  std::swap(inputs[last], inputs[last - 1]);
  for (NamedRelation& relation : relations) {
    if (relation.index >= last - 1) relation.index = 2 * last - 1 - relation.index;
  }
}

}  // namespace facet
