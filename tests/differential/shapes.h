// Shapes: everything that docs/sql.md says can stand in an expression, as templates, and
// expressions made of them at random. Types have letters: b boolean, i2 i4 i8 integers, n numeric,
// f4 f8 floats, t text, y bytea, d date, s timestamp, z timestamptz, v interval, at ai lists of
// text and integer.
//
// In a template `$i4` stands for any expression of the type, `@i4` for a column, `#i4` for a
// literal of it (or of a pool of another name). Thread: the test's.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/differential/lab.h"

namespace facet::test {

struct Shape {
  std::string type;
  std::string sql;
  /// Whether it fails for some values: division by zero, overflow, a bad cast.
  bool canFail = false;
};

/// Operators and functions, by the type of their result.
const std::vector<Shape>& shapes();

/// How PostgreSQL's answer and facet's are compared.
enum class Likeness {
  same,    // the same text
  value,   // the same number: 1.0 and 1.00, 0 and -0 are groups that either may name
  nearby,  // sums of floats: within 1e-12 of the sum of magnitudes
};

/// Aggregates; `sql` as in Shape. For `nearby` ones the argument is what stands in parentheses.
struct AggregateShape {
  std::string type;
  std::string sql;
  Likeness likeness = Likeness::same;
};
const std::vector<AggregateShape>& aggregateShapes();

/// What stands in a literal's quotes: how a parameter is given.
std::string rawLiteral(const std::string& literal);

/// How often each template was used.
using Coverage = std::map<std::string, int>;
std::string coverageName(const Shape& shape);

/// Makes expressions over the columns of a scope.
class ExprMaker {
 public:
  ExprMaker(std::mt19937_64& random, Coverage& coverage) : random_(random), coverage_(coverage) {}

  /// Columns that can be used, and whether expressions may fail.
  struct Scope {
    std::vector<LabColumn> columns;
    bool failing = false;
    /// Whether columns of type real have so few digits that PostgreSQL's sum of them is exact.
    bool exactReals = true;
    /// Literals may become parameters: each is added here, and `$1` stands in its place.
    std::vector<std::string>* parameters = nullptr;
  };

  std::string make(const Scope& scope, const std::string& type, int depth);
  /// One of a certain shape.
  std::string makeShape(const Scope& scope, const Shape& shape, int depth);
  std::string fill(const Scope& scope, const std::string& sql, int depth);
  /// A column of the type, or something of its type that is no constant.
  std::string leaf(const Scope& scope, const std::string& type);
  std::string literal(const Scope& scope, const std::string& pool);
  static bool has(const Scope& scope, const std::string& type);
  /// Whether the scope has what the shape needs.
  static bool fits(const Scope& scope, const Shape& shape);

  size_t pick(size_t n) { return random_() % n; }
  bool chance(size_t percent) { return pick(100) < percent; }
  template <typename List>
  const auto& oneOf(const List& list) {
    return list[pick(std::size(list))];
  }

 private:
  std::mt19937_64& random_;
  Coverage& coverage_;
};

}  // namespace facet::test
