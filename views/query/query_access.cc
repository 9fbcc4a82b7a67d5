#include "views/query/query_access.h"

#include <optional>

#include "values/row.h"

namespace facet {

namespace {

/// The constant that a column must equal, by WHERE; only of the column's own kind, so that it packs
/// to the same bytes.
std::optional<Value> equalityOf(const Select& select, const Relation& relation, uint32_t column) {
  for (const ExprPtr& conjunct : select.where) {
    if (conjunct->op != Op::equal) continue;
    for (const size_t side : {size_t{0}, size_t{1}}) {
      const Expr& leaf = *conjunct->args[side];
      const Expr& constant = *conjunct->args[1 - side];
      if (leaf.op != Op::column || leaf.column != column || constant.op != Op::constant) continue;
      if (constant.value.kind() == relation.columns[column].type.kind) return constant.value;
    }
  }
  return std::nullopt;
}

std::optional<std::string> keyOf(const RowSource& source, const Select& select) {
  const RowLayout* layout = source.keyLayout();
  const Relation& relation = source.relation();
  if (layout == nullptr || relation.key.empty()) return std::nullopt;
  RowBuilder builder;
  builder.start(*layout);
  for (size_t i = 0; i < relation.key.size(); ++i) {
    const std::optional<Value> value = equalityOf(select, relation, relation.key[i]);
    if (!value) return std::nullopt;
    const Type& type = layout->type(i);
    const bool sameScale =
        type.kind != Kind::numeric || type.scale == kAnyScale || type.scale == value->scale();
    if (!sameScale) return std::nullopt;
    builder.setKey(i, *value);
  }
  return std::string(builder.finish().bytes());
}

/// Whether the index's columns from `from` on give ORDER BY, forwards or backwards.
bool ordersBy(const RowSource::Order& order, size_t from, const Select& select, bool& reverse) {
  for (size_t i = 0; i < select.orderBy.size(); ++i) {
    const OrderItem& item = select.orderBy[i];
    const size_t column = from + i;
    if (item.expr->op != Op::column || column >= order.columns.size()) return false;
    if (item.expr->column != order.columns[column]) return false;
    const bool forwards =
        item.descending == order.descending[column] && item.nullsFirst == order.nullsFirst[column];
    const bool backwards =
        item.descending != order.descending[column] && item.nullsFirst != order.nullsFirst[column];
    if (!forwards && !backwards) return false;
    if (i == 0) reverse = backwards;
    if (reverse != backwards) return false;
  }
  return true;
}

}  // namespace

std::string QueryAccess::form() const {
  const bool along = how == How::index;
  return {static_cast<char>(how), static_cast<char>(along ? order : 0),
          static_cast<char>(along && reverse ? 1 : 0)};
}

QueryAccess chooseAccess(const RowSource& source, const Select& select) {
  QueryAccess best;
  if (std::optional<std::string> key = keyOf(source, select)) {
    best.how = QueryAccess::How::key;
    best.key = std::move(*key);
    best.inOrder = true;
    return best;
  }
  const std::vector<RowSource::Order> orders = source.orders();
  size_t bestColumns = 0;
  for (size_t i = 0; i < orders.size(); ++i) {
    const RowSource::Order& order = orders[i];
    QueryAccess access;
    access.how = QueryAccess::How::index;
    access.order = i;
    size_t equal = 0;
    for (; equal < order.columns.size(); ++equal) {
      const auto value = equalityOf(select, source.relation(), order.columns[equal]);
      if (!value) break;
      appendOrderedKey(access.prefix, *value, order.descending[equal], order.nullsFirst[equal]);
    }
    access.inOrder = !select.aggregated && !select.orderBy.empty() &&
                     ordersBy(order, equal, select, access.reverse);
    const bool useful = equal > 0 || access.inOrder;
    const bool better = best.how == QueryAccess::How::all || equal > bestColumns ||
                        (equal == bestColumns && access.inOrder && !best.inOrder);
    if (!useful || !better) continue;
    if (!access.inOrder) access.reverse = false;
    best = std::move(access);
    bestColumns = equal;
  }
  return best;
}

}  // namespace facet
