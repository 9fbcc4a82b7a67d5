#include "tests/sql/random_expr.h"

namespace facet::test {
namespace {

constexpr uint64_t kSeeds = 40;
constexpr int kExprsPerSeed = 250;

/// Runs `check` on random expressions, `depth` operations deep; a failure names the seed and the
/// SQL.
template <typename Check>
void forRandomExprs(int depth, Check&& check) {
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    ExprGenerator generator(seed);
    for (int i = 0; i < kExprsPerSeed; i++) {
      RandomExpr random = generator.make(generator.anyKind(), depth);
      BOOST_TEST_CONTEXT("seed " << seed << ": " << random.sql) {
        check(generator, random.expr);
      }
    }
  }
}

std::string shownValue(const ExprPtr& expr) {
  Arena arena;
  return shown(expr->type, evaluateConstant(*expr, arena));
}

/// Ops whose result is NULL, or an error, if one argument is NULL.
bool isStrict(Op op) {
  switch (op) {
    case Op::constant:
    case Op::logicalAnd:
    case Op::logicalOr:
    case Op::isNull:
    case Op::isNotNull:
    case Op::isTrue:
    case Op::isNotTrue:
    case Op::isFalse:
    case Op::isNotFalse:
    case Op::isDistinctFrom:
    case Op::isNotDistinctFrom:
    case Op::in:
    case Op::caseWhen:
    case Op::coalesce:
    case Op::nullIf:
    case Op::greatest:
    case Op::least:
    case Op::concat:
      return false;
    default:
      return true;
  }
}

BOOST_AUTO_TEST_SUITE(evaluator_random)

BOOST_AUTO_TEST_CASE(every_operation_is_generated) {
  for (int op = static_cast<int>(Op::logicalAnd); op <= static_cast<int>(Op::cast); op++) {
    auto known = [&](const Shape& shape) { return shape.op == static_cast<Op>(op); };
    BOOST_TEST(std::count_if(allShapes().begin(), allShapes().end(), known) > 0, "op " << op);
  }
}

BOOST_AUTO_TEST_CASE(columns_and_constants_give_the_same) {
  forRandomExprs(4, [](ExprGenerator&, const ExprPtr& expr) {
    Arena arena;
    BOOST_TEST(shown(expr->type, OverColumns(expr).evaluate(arena)) == shownValue(expr));
  });
}

BOOST_AUTO_TEST_CASE(results_are_of_the_type_or_null_or_an_error) {
  forRandomExprs(3, [](ExprGenerator&, const ExprPtr& expr) {
    Arena arena;
    Value value = OverColumns(expr).evaluate(arena);
    bool right = value.isNull() || value.isError() || value.kind() == expr->type.kind;
    BOOST_TEST(right, "kind " << static_cast<int>(value.kind()));
    if (value.kind() == Kind::text) BOOST_TEST(isValidText(value.asText()));
    if (value.kind() == Kind::numeric && expr->type.scale != kAnyScale) {
      BOOST_TEST(int{value.scale()} == expr->type.scale);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_null_argument_makes_strict_operations_null) {
  forRandomExprs(1, [](ExprGenerator& generator, const ExprPtr& expr) {
    if (!isStrict(expr->op)) return;
    auto copy = std::make_shared<Expr>(*expr);
    size_t arg = generator.below(copy->args.size());
    copy->args[arg] = null(copy->args[arg]->type.kind);
    std::string result = shownValue(copy);
    // A wrong escape character is an error whatever the text is.
    bool badEscape = copy->op == Op::like && result == "!invalid argument";
    BOOST_TEST((result == "NULL" || badEscape), result);
  });
}

BOOST_AUTO_TEST_CASE(an_error_in_an_argument_makes_strict_operations_fail) {
  forRandomExprs(1, [](ExprGenerator& generator, const ExprPtr& expr) {
    if (!isStrict(expr->op)) return;
    auto copy = std::make_shared<Expr>(*expr);
    size_t arg = generator.below(copy->args.size());
    auto broken = std::make_shared<Expr>();
    broken->type = copy->args[arg]->type;
    broken->value = Value::error(ErrorCode::moreThanOneRow);
    copy->args[arg] = broken;
    BOOST_TEST(shownValue(copy) == "!duplicate key value violates unique constraint");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
