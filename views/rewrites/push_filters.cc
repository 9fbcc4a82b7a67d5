// Push filters: a condition about one input of a join is asked before the join, of fewer rows, and
// may lead to them by a key or an index. Conditions of WHERE about an input that is joined by LEFT
// JOIN stay above: they are asked of the row without a partner too. Those of its ON move: a row
// that does not pass them is no partner. Nothing moves where FULL JOIN shows rows of both sides
// that have none.
#include <utility>

#include "views/rewrites/blocks.h"
#include "views/rewrites/rewrite.h"

namespace facet {

namespace {

ExprPtr overInput0(const ExprPtr& expr) {
  return rewrite(expr, [](const ExprPtr& node) -> ExprPtr {
    if (node->op != Op::column || node->relation == 0) return nullptr;
    auto copy = std::make_shared<Expr>(*node);
    copy->relation = 0;
    return copy;
  });
}

/// Takes the conditions for which `goes(input)` out of the list, into those of the inputs.
template <typename Goes>
void take(std::vector<ExprPtr>& from, std::vector<std::vector<ExprPtr>>& own, Goes&& goes) {
  std::vector<ExprPtr> stay;
  for (ExprPtr& conjunct : from) {
    const auto input = onlyInput(*conjunct);
    if (input && goes(*input)) {
      own[*input].push_back(overInput0(conjunct));
    } else {
      stay.push_back(std::move(conjunct));
    }
  }
  from = std::move(stay);
}

}  // namespace

void pushFilters(Select& select) {
  const bool isFull = select.from.back().kind == JoinKind::full;
  if (select.from.size() < 2 || isFull) return;
  std::vector<std::vector<ExprPtr>> own(select.from.size());
  take(select.where, own,
       [&](uint32_t input) { return select.from[input].kind == JoinKind::inner; });
  for (uint32_t i = 0; i < select.from.size(); ++i) {
    take(select.from[i].on, own, [&](uint32_t input) { return input == i; });
  }
  for (uint32_t i = 0; i < select.from.size(); ++i) {
    if (own[i].empty()) continue;
    Select::From& input = select.from[i];
    input.subselect = blockOver(input, std::move(own[i]));
    input.relation = &input.subselect->relation;
  }
}

}  // namespace facet
