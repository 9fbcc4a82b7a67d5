// Random expressions for tests, each as a tree and as the SQL that means the same in PostgreSQL.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/sql/expr_vocabulary.h"

namespace facet::test {

struct RandomExpr {
  ExprPtr expr;
  std::string sql;
};

/// An operation that the generator knows: `sql` has $1, $2, … for the arguments.
struct Shape {
  const char* sql;
  Op op;
  Type result;
  std::vector<Kind> args;
  TimeUnit unit = TimeUnit::microseconds;
  int16_t precision = 0;
};

const std::vector<Shape>& allShapes();

class ExprGenerator {
 public:
  explicit ExprGenerator(uint64_t seed) : random_(seed) {}

  /// An expression of the kind, of at most `depth` operations above each other.
  RandomExpr make(Kind kind, int depth);
  /// One of the kinds that expressions can have.
  Kind anyKind();
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

 private:
  RandomExpr leaf(Kind kind);
  std::string literalText(Kind kind);
  int64_t integerBelow(int64_t bound);  // of either sign, of any magnitude
  std::mt19937_64 random_;
};

}  // namespace facet::test
