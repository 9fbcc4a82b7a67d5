// ExprMaker: fills in the templates of shapes.cc at random.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tests/differential/shapes.h"

namespace facet::test {

namespace {

const std::vector<std::string> kLists = {"at", "ai"};

/// Literals; pools of other names are for places that need certain values.
const std::map<std::string, std::vector<std::string>>& literals() {
  static const std::map<std::string, std::vector<std::string>> kLiterals = {
      {"b", {"true", "false"}},
      {"i2", {"'1'::smallint", "'-12'::smallint", "'300'::smallint"}},
      {"i4", {"0", "1", "2", "-5", "12", "2147483647", "'7'"}},
      {"i8", {"'0'::bigint", "77", "-9223372036854775807", "5000000000"}},
      {"n", {"0.5", "12.50", "-0.010", "100", "1e3", "99999999.995"}},
      {"f4", {"'1.5'::real", "'0'::real", "real '64'"}},
      {"f8", {"2.5::float8", "'-0.1'::double precision", "float8 'NaN'", "1e3::float8"}},
      {"t", {"'a'", "'east'", "' '", "'x,'", "''", "'Zürich'", "'o''neil'"}},
      {"y", {"'\\x61'::bytea", "bytea '\\x00ff'"}},
      {"d", {"DATE '2024-02-29'", "'1970-01-01'::date", "date '0044-03-15 BC'"}},
      {"s", {"TIMESTAMP '2024-02-29 12:00:00'", "'2000-01-03'::timestamp"}},
      {"z", {"TIMESTAMPTZ '2024-02-29 12:00:00+02'", "'2000-01-03 00:00Z'::timestamptz"}},
      {"v", {"INTERVAL '1 day'", "interval '1 month -3 days 04:05:06.5'", "INTERVAL '3' HOUR"}},
      {"few", {"0", "1", "2", "3", "-1", "-2"}},
      {"divisor", {"1", "2", "3", "7"}},
      {"pattern",
       {"'a%'", "'%b%'", "'_'", "'%'", "''", "'%\\%%'", "'A\\_b'", "'Z_rich'", "'%é%'", "'x,y%z'",
        "'a_%c'"}},
      {"banged", {"'a!%%'", "'%b!%c'", "'A!_b'", "'!!%'"}},
  };
  return kLiterals;
}

}  // namespace

std::string coverageName(const Shape& shape) {
  return fmt::format("{}: {}", shape.type, shape.sql);
}

std::string rawLiteral(const std::string& literal) {
  const size_t open = literal.find('\'');
  std::string out;
  if (open == std::string::npos) return literal.substr(0, literal.find(':'));
  for (size_t i = open + 1; i < literal.size(); ++i) {
    if (literal[i] == '\'' && literal[++i] != '\'') break;
    out += literal[i];
  }
  return out;
}

std::string ExprMaker::literal(const Scope& scope, const std::string& pool) {
  const std::string text = oneOf(literals().at(pool));
  // INTERVAL '3' HOUR is not the same as '3'.
  if (scope.parameters == nullptr || chance(60) || pool == "v") return text;
  scope.parameters->push_back(rawLiteral(text));
  return fmt::format("${}", scope.parameters->size());
}

bool ExprMaker::has(const Scope& scope, const std::string& type) {
  return std::any_of(scope.columns.begin(), scope.columns.end(),
                     [&](const LabColumn& column) { return column.type == type; });
}

bool ExprMaker::fits(const Scope& scope, const Shape& shape) {
  return (scope.failing || !shape.canFail) &&
         std::all_of(kLists.begin(), kLists.end(), [&](const std::string& list) {
           return shape.sql.find('$' + list) == std::string::npos || has(scope, list);
         });
}

std::string ExprMaker::leaf(const Scope& scope, const std::string& type) {
  static const std::map<std::string, std::string> kNames = {
      {"b", "boolean"}, {"i2", "smallint"}, {"i4", "integer"},  {"i8", "bigint"},
      {"n", "numeric"}, {"f4", "real"},     {"f8", "float8"},   {"t", "text"},
      {"y", "bytea"},   {"d", "date"},      {"s", "timestamp"}, {"z", "timestamptz"},
      {"v", "interval"}};
  std::vector<std::string> fitting;
  for (const LabColumn& column : scope.columns) {
    if (column.type == type) fitting.push_back(column.sql);
  }
  if (!fitting.empty()) return oneOf(fitting);
  // Constants would be folded by PostgreSQL's planner, and fail there.
  const auto& pool = literals().at(type);
  return fmt::format("(CASE WHEN {} IS NULL THEN {} ELSE {} END)::{}", oneOf(scope.columns).sql,
                     oneOf(pool), oneOf(pool), kNames.at(type));
}

std::string ExprMaker::fill(const Scope& scope, const std::string& sql, int depth) {
  std::string out;
  for (size_t i = 0; i < sql.size();) {
    const char mark = sql[i++];
    if (mark != '$' && mark != '@' && mark != '#') {
      out += mark;
      continue;
    }
    std::string name;
    while (i < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[i])) != 0)) {
      name += sql[i++];
    }
    if (mark == '$') {
      out += make(scope, name, depth);
    } else {
      out += mark == '@' ? leaf(scope, name) : literal(scope, name);
    }
  }
  return out;
}

std::string ExprMaker::make(const Scope& scope, const std::string& type, int depth) {
  static const std::map<std::string, std::vector<const Shape*>> kByType = [] {
    std::map<std::string, std::vector<const Shape*>> out;
    for (const Shape& shape : shapes()) out[shape.type].push_back(&shape);
    return out;
  }();
  if (depth <= 0) return leaf(scope, type);
  const auto& all = kByType.at(type);
  const Shape* shape = all[pick(all.size())];
  while (!fits(scope, *shape)) shape = all[pick(all.size())];
  return makeShape(scope, *shape, depth);
}

std::string ExprMaker::makeShape(const Scope& scope, const Shape& shape, int depth) {
  ++coverage_[coverageName(shape)];
  Scope inner = scope;
  // With a parameter it would be the one that takes a regular expression.
  if (shape.sql.rfind("substring", 0) == 0) inner.parameters = nullptr;
  return fill(inner, shape.sql, chance(70) ? 0 : depth - 1);
}

}  // namespace facet::test
