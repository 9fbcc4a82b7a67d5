// Prune columns: an output of a block below that nobody reads is not computed, copied or kept, and
// can't fail, as in PostgreSQL; nor is an aggregate that only such outputs show.
#include <cstdint>
#include <optional>
#include <utility>

#include "views/rewrites/blocks.h"
#include "views/rewrites/rewrite.h"

namespace facet {

namespace {

/// Which of a list stay, and where they stand then.
class Kept {
 public:
  explicit Kept(size_t count) : places_(count) {}
  void keep(uint32_t item) { places_[item] = 0; }
  void number() {
    uint32_t next = 0;
    for (auto& place : places_) {
      if (place) place = next++;
    }
  }
  const std::optional<uint32_t>& operator[](uint32_t item) const { return places_[item]; }

  template <typename Item>
  void prune(std::vector<Item>& list) const {
    std::vector<Item> out;
    for (size_t i = 0; i < list.size(); ++i) {
      if (places_[i]) out.push_back(std::move(list[i]));
    }
    list = std::move(out);
  }

 private:
  std::vector<std::optional<uint32_t>> places_;
};

/// Gives leaves of an operation the numbers that they have now.
template <typename Renumbered>
ExprPtr renumbered(const ExprPtr& expr, Op op, Renumbered&& number) {
  return rewrite(expr, [&](const ExprPtr& node) -> ExprPtr {
    if (node->op != op) return nullptr;
    auto copy = std::make_shared<Expr>(*node);
    copy->column = number(*node);
    return copy;
  });
}

/// Calls visit(ExprPtr&) for what is over groups and aggregates.
template <typename Visit>
void forEachOverGroups(Select& select, Visit&& visit) {
  if (select.having) visit(select.having);
  for (OutputColumn& output : select.outputs) visit(output.expr);
  for (OrderItem& item : select.orderBy) visit(item.expr);
}

void pruneAggregates(Select& select) {
  if (!select.aggregated) return;
  Kept kept(select.aggregates.size());
  forEachOverGroups(select, [&](ExprPtr& expr) {
    forEachNode(*expr, [&](const Expr& node) {
      if (node.op == Op::aggregate) kept.keep(node.column);
    });
  });
  kept.number();
  kept.prune(select.aggregates);
  forEachOverGroups(select, [&](ExprPtr& expr) {
    expr = renumbered(expr, Op::aggregate, [&](const Expr& node) { return *kept[node.column]; });
  });
}

}  // namespace

void pruneColumns(Select& select) {
  std::vector<Kept> kept;
  for (const Select::From& input : select.from) kept.emplace_back(input.relation->columns.size());
  forEachOverInputs(select, [&](ExprPtr& expr) {
    forEachNode(*expr, [&](const Expr& node) {
      if (node.op == Op::column) kept[node.relation].keep(node.column);
    });
  });
  for (size_t i = 0; i < select.from.size(); ++i) {
    Select::From& input = select.from[i];
    if (!input.subselect) {
      for (uint32_t c = 0; c < input.relation->columns.size(); ++c) kept[i].keep(c);
    }
    kept[i].number();
    if (!input.subselect) continue;
    auto copy = std::make_shared<Subselect>(*input.subselect);
    kept[i].prune(copy->select.outputs);
    kept[i].prune(copy->relation.columns);
    pruneAggregates(copy->select);
    input.relation = &copy->relation;
    input.subselect = std::move(copy);
  }
  forEachOverInputs(select, [&](ExprPtr& expr) {
    expr = renumbered(expr, Op::column,
                      [&](const Expr& node) { return *kept[node.relation][node.column]; });
  });
}

}  // namespace facet
