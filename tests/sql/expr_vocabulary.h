// Words for tests of the evaluator: expressions built by hand, and what they give as text.
#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sql/evaluator.h"
#include "values/numeric.h"
#include "values/row.h"
#include "values/text.h"

namespace facet::test {

inline ExprPtr literal(Type type, std::string text) {
  auto expr = std::make_shared<Expr>();
  expr->type = type;
  expr->text = std::move(text);
  std::string scratch;
  std::optional<Value> value = parseText(type, expr->text, scratch);
  BOOST_REQUIRE_MESSAGE(value, typeName(type) << " '" << expr->text << "'");
  expr->value = *value;
  if (type.kind == Kind::bytes || type.kind == Kind::array) {
    expr->text = std::string(value->asText());
    expr->value = type.kind == Kind::bytes ? Value::bytes(expr->text)
                                           : Value::array(expr->text, value->element());
  }
  return expr;
}

inline ExprPtr literal(Kind kind, std::string text) {
  return literal(Type::of(kind), std::move(text));
}
inline ExprPtr null(Kind kind = Kind::null) {
  auto expr = std::make_shared<Expr>();
  expr->type = Type::of(kind);
  return expr;
}
inline ExprPtr i16(int64_t i) {
  return literal(Kind::int16, std::to_string(i));
}
inline ExprPtr i32(int64_t i) {
  return literal(Kind::int32, std::to_string(i));
}
inline ExprPtr i64(int64_t i) {
  return literal(Kind::int64, std::to_string(i));
}
inline ExprPtr num(std::string s) {
  return literal(Kind::numeric, std::move(s));
}
inline ExprPtr f32(std::string s) {
  return literal(Kind::float32, std::move(s));
}
inline ExprPtr f64(std::string s) {
  return literal(Kind::float64, std::move(s));
}
inline ExprPtr str(std::string s) {
  return literal(Kind::text, std::move(s));
}
inline ExprPtr date(std::string s) {
  return literal(Kind::date, std::move(s));
}
inline ExprPtr stamp(std::string s) {
  return literal(Kind::timestamp, std::move(s));
}
inline ExprPtr span(std::string s) {
  return literal(Kind::interval, std::move(s));
}
inline ExprPtr boolean(bool b) {
  return literal(Kind::boolean, b ? "t" : "f");
}

inline std::shared_ptr<Expr> node(Op op, Type type, std::vector<ExprPtr> args) {
  auto expr = std::make_shared<Expr>();
  expr->op = op;
  expr->type = type;
  expr->args = std::move(args);
  return expr;
}
template <typename... Args>
std::shared_ptr<Expr> call(Op op, Kind result, Args... args) {
  return node(op, Type::of(result), {std::move(args)...});
}
template <typename... Args>
ExprPtr test(Op op, Args... args) {
  return call(op, Kind::boolean, std::move(args)...);
}
inline ExprPtr timePart(Op op, Kind result, TimeUnit unit, ExprPtr arg) {
  auto expr = call(op, result, std::move(arg));
  expr->unit = unit;
  return expr;
}
inline ExprPtr cast(ExprPtr arg, Type to, int16_t precision = 0) {
  auto expr = node(Op::cast, to, {std::move(arg)});
  expr->precision = precision;
  return expr;
}
inline ExprPtr cast(ExprPtr arg, Kind to) {
  return cast(std::move(arg), Type::of(to));
}
inline ExprPtr columnLeaf(uint32_t relation, uint32_t column, Type type) {
  auto expr = node(Op::column, type, {});
  expr->relation = relation;
  expr->column = column;
  return expr;
}
/// Fails whenever it is evaluated.
inline ExprPtr failing(Kind kind = Kind::boolean) {
  ExprPtr broken = call(Op::divide, Kind::int32, i32(1), i32(0));
  if (kind == Kind::int32) return broken;
  return kind == Kind::boolean ? test(Op::equal, broken, i32(1)) : cast(broken, kind);
}

/// "NULL", "!" and the error's text, or the value as PostgreSQL prints it.
inline std::string shown(const Type& type, const Value& value) {
  if (value.isNull()) return "NULL";
  if (value.isError()) return "!" + std::string(errorText(value.errorCode()));
  return toText(type, value);
}

/// An expression whose constants have become columns of one packed row.
class OverColumns {
 public:
  explicit OverColumns(const ExprPtr& expr) {
    expr_ = collect(expr);
    layout_ = RowLayout(types_);
    builder_.start(layout_);
    for (size_t i = 0; i < values_.size(); i++) builder_.set(i, values_[i]);
    row_ = builder_.finish();
  }

  Value evaluate(Arena& arena) const {
    Program program(*expr_, [&](uint32_t, uint32_t column) {
      return ColumnPlace{0, layout_.slot(column)};
    });
    EvalContext context;
    context.rows = &row_;
    context.arena = &arena;
    Value value = program.evaluate(context);
    if (value.kind() == Kind::text) return Value::text(arena.copy(value.asText()));
    return value.kind() == Kind::bytes ? Value::bytes(arena.copy(value.asText())) : value;
  }

 private:
  ExprPtr collect(const ExprPtr& expr) {
    if (expr->op == Op::constant && expr->type.kind != Kind::null) {
      types_.push_back(expr->type);
      values_.push_back(expr->value);
      return columnLeaf(0, static_cast<uint32_t>(types_.size() - 1), expr->type);
    }
    auto copy = std::make_shared<Expr>(*expr);
    for (ExprPtr& arg : copy->args) arg = collect(arg);
    return copy;
  }

  std::vector<Type> types_;
  std::vector<Value> values_;
  ExprPtr expr_;
  RowLayout layout_;
  RowBuilder builder_;
  Row row_;
};

/// Evaluates twice: over constants, which are folded when the program is made, and over columns.
inline void check(const std::string& sql, const ExprPtr& expr, const std::string& expected) {
  BOOST_TEST_CONTEXT(sql) {
    Arena arena;
    BOOST_TEST(shown(expr->type, evaluateConstant(*expr, arena)) == expected);
    BOOST_TEST(shown(expr->type, OverColumns(expr).evaluate(arena)) == expected);
  }
}

}  // namespace facet::test
