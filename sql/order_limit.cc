#include "sql/order_limit.h"

#include <fmt/format.h>

#include <utility>

#include "sql/bind_expr.h"

namespace facet {

const OutputColumn* OutputPick::byName(std::string_view name, int location) const {
  const OutputColumn* found = nullptr;
  for (const OutputColumn& output : outputs) {
    if (output.name != name) continue;
    if (found != nullptr && !sameExpr(*found->expr, *output.expr)) {
      source.fail(location, fmt::format("{} \"{}\" is ambiguous", clause, name));
    }
    found = &output;
  }
  return found;
}

const OutputColumn& OutputPick::byPlace(const SyntaxNode& constant) const {
  if (!constant.has("ival")) {
    source.fail(constant.location(), fmt::format("non-integer constant in {}", clause));
  }
  const int64_t place = integerConstant(source, constant);
  if (place < 1 || static_cast<size_t>(place) > outputs.size()) {
    source.fail(constant.location(),
                fmt::format("{} position {} is not in select list", clause, place));
  }
  return outputs[static_cast<size_t>(place - 1)];
}

OrderItem makeOrderItem(const Source& source, const SyntaxNode& sortBy, ExprPtr expr) {
  const int location = sortBy.child("node").firstLocation();
  const std::string_view direction = sortBy.text("sortby_dir");
  const std::string_view nulls = sortBy.text("sortby_nulls");
  if (direction == "SORTBY_USING") {
    source.fail(location, "ORDER BY ... USING is not supported", "write ASC or DESC");
  }
  if (expr->type.kind == Kind::array)
    source.fail(location, "ORDER BY of an array is not supported");
  OrderItem item;
  item.expr = std::move(expr);
  item.descending = direction == "SORTBY_DESC";
  item.nullsFirst =
      nulls == "SORTBY_NULLS_DEFAULT" ? item.descending : nulls == "SORTBY_NULLS_FIRST";
  return item;
}

namespace {

/// The value of LIMIT or OFFSET; nullopt if it is NULL.
std::optional<uint64_t> bindCount(const Source& source, const SyntaxNode& node, const char* clause,
                                  QueryGiven* given) {
  const NameScope noNames;
  const ExprPtr expr = ExprBinder(source, noNames, clause, given).bindUntyped(node);
  if (!isUntyped(*expr) && !expr->type.isInteger()) {
    source.fail(leftmostLocation(*expr),
                fmt::format("argument of {} must be type bigint, not type {}", clause,
                            plainTypeName(expr->type)));
  }
  const ExprPtr count = convert(source, expr, Kind::int64);
  if (count->op != Op::constant) {
    source.fail(leftmostLocation(*expr), fmt::format("{} must be a number or a parameter", clause));
  }
  if (count->value.isNull()) return std::nullopt;
  if (count->value.asInt() < 0) {
    source.fail(expr->location, fmt::format("{} must not be negative", clause));
  }
  return static_cast<uint64_t>(count->value.asInt());
}

}  // namespace

void bindLimit(const Source& source, const SyntaxNode& statement, QueryGiven* given,
               Select& select) {
  if (statement.text("limitOption") == "LIMIT_OPTION_WITH_TIES") {
    source.fail(findWord(source, "fetch"), "FETCH ... WITH TIES is not yet supported", "use LIMIT");
  }
  if (statement.has("limitCount")) {
    select.limit = bindCount(source, statement.child("limitCount"), "LIMIT", given);
  }
  if (statement.has("limitOffset")) {
    select.offset = bindCount(source, statement.child("limitOffset"), "OFFSET", given).value_or(0);
  }
}

}  // namespace facet
