// ExprBinder: from a parse tree's expression to a bound Expr: names, overloads, casts, and what
// NULL can do. One for each clause of a statement. Split by kind of node: bind_expr.cc (dispatch,
// names, constants, logic), bind_choice.cc (CASE and its like, casts), bind_operator.cc,
// bind_function.cc, bind_time.cc, bind_aggregate.cc. Thread: belongs to its owner.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/names.h"
#include "sql/parse_tree.h"
#include "sql/select.h"

namespace facet {

/// The aggregates of a SELECT, each once, as they are met.
struct AggregateList {
  std::vector<Aggregate> list;
  bool grouped = false;  // there is a GROUP BY: no group is empty
};

/// What a query is given beside its text, and what it uses of it.
struct QueryGiven {
  const std::vector<Parameter>& parameters;
  std::optional<int64_t> now;                                     // microseconds since 1970, UTC
  std::vector<bool> used = std::vector<bool>(parameters.size());  // by parameter
};

class ExprBinder {
 public:
  /// `clause` is for messages: "WHERE". Aggregates are refused unless there is a list for them.
  ExprBinder(const Source& source, const NameScope& names, const char* clause,
             QueryGiven* given = nullptr, AggregateList* aggregates = nullptr)
      : source_(source), names_(names), clause_(clause), given_(given), aggregates_(aggregates) {}

  /// The expression; an untyped literal becomes text.
  ExprPtr bind(const SyntaxNode& node);
  /// A condition: its type is boolean.
  ExprPtr bindCondition(const SyntaxNode& node);
  /// The expression as it is: an untyped literal stays one.
  ExprPtr bindUntyped(const SyntaxNode& node);

  /// Applies an operator by PostgreSQL's rules: for what implies one (USING).
  ExprPtr applyOperator(std::string_view name, const ExprPtr& left, const ExprPtr& right,
                        int location);

 private:
  using Handler = ExprPtr (ExprBinder::*)(const SyntaxNode&);
  static Handler handlerOf(std::string_view kind);
  [[noreturn]] void failUnsupported(const SyntaxNode& node) const;

  ExprPtr bindColumn(const SyntaxNode& node);
  ExprPtr bindConstant(const SyntaxNode& node);
  ExprPtr bindParameter(const SyntaxNode& node);
  ExprPtr bindLogic(const SyntaxNode& node);
  ExprPtr bindNullTest(const SyntaxNode& node);
  ExprPtr bindBooleanTest(const SyntaxNode& node);
  ExprPtr bindCollate(const SyntaxNode& node);
  /// Refuses an expression that is too large to be read in `copies` places.
  void checkCopies(const ExprPtr& expr, size_t copies) const;
  ExprPtr requireBoolean(const ExprPtr& expr, std::string_view what) const;

  ExprPtr bindCase(const SyntaxNode& node);
  ExprPtr bindCoalesce(const SyntaxNode& node);
  ExprPtr bindMinMax(const SyntaxNode& node);
  ExprPtr bindCast(const SyntaxNode& node);
  ExprPtr bindIntervalFields(const SyntaxNode& typeName, const ExprPtr& arg, int location) const;
  /// All to their common type, which it returns.
  Type unify(std::span<ExprPtr> exprs, std::string_view what) const;

  ExprPtr bindOperator(const SyntaxNode& node);
  ExprPtr bindIn(const SyntaxNode& node);
  ExprPtr bindLike(const SyntaxNode& node);
  ExprPtr bindBetween(const SyntaxNode& node);
  ExprPtr bindNullIf(const SyntaxNode& node);
  ExprPtr bindDistinct(const SyntaxNode& node);
  ExprPtr applyConcatenation(const ExprPtr& left, const ExprPtr& right, int location) const;
  ExprPtr applyPrefix(std::string_view name, const ExprPtr& arg, int location) const;

  ExprPtr bindFunction(const SyntaxNode& node);
  ExprPtr bindPlainFunction(const SyntaxNode& node, std::string_view name);
  ExprPtr bindTimeFunction(std::string_view name, const struct Overload& overload,
                           const std::vector<ExprPtr>& args, int location) const;
  [[noreturn]] void failClock(std::string_view name, int location) const;
  /// The query's time, to so many digits of a second.
  ExprPtr bindNow(Kind kind, std::string_view name, int64_t digits, int location) const;
  ExprPtr bindValueFunction(const SyntaxNode& node);
  ExprPtr bindTimeZone(Kind result, const std::vector<ExprPtr>& args, int location) const;
  ExprPtr bindConcat(std::vector<ExprPtr> args, int location) const;
  std::vector<ExprPtr> bindArguments(const SyntaxNode& node);
  ExprPtr castExplicitly(const ExprPtr& arg, const TypeName& target, int location) const;

  ExprPtr bindAggregate(const SyntaxNode& node, std::string_view name);
  Aggregate makeAggregate(const SyntaxNode& node, std::string_view name);
  void setArgument(Aggregate& aggregate, std::string_view name, ExprPtr argument,
                   int location) const;
  ExprPtr aggregateLeaf(Aggregate aggregate, int location);

  const Source& source_;
  const NameScope& names_;
  const char* clause_;
  QueryGiven* given_;  // null: this is no query
  AggregateList* aggregates_;
  bool inAggregate_ = false;
  int depth_ = 0;
};

/// Whether a function name is an aggregate that facet has, or one that only PostgreSQL has.
bool isAggregateName(std::string_view name);
bool isUnsupportedAggregateName(std::string_view name);

/// The scale of a numeric result of an operation on these arguments, if it is certain.
int16_t numericScale(Op op, std::span<const ExprPtr> args);

/// "text, integer": for messages.
std::string describeKinds(std::span<const ExprPtr> args);

}  // namespace facet
