#include "tests/sql/random_expr.h"

#include <map>

namespace facet::test {
namespace {

constexpr Kind kBool = Kind::boolean;
constexpr Kind kInt2 = Kind::int16;
constexpr Kind kInt4 = Kind::int32;
constexpr Kind kInt8 = Kind::int64;
constexpr Kind kNumeric = Kind::numeric;
constexpr Kind kReal = Kind::float32;
constexpr Kind kDouble = Kind::float64;
constexpr Kind kText = Kind::text;
constexpr Kind kDate = Kind::date;
constexpr Kind kStamp = Kind::timestamp;
constexpr Kind kSpan = Kind::interval;

const std::vector<Kind> kKinds = {kBool,   kInt2, kInt4, kInt8,  kNumeric, kReal,
                                  kDouble, kText, kDate, kStamp, kSpan};

const std::map<Kind, std::vector<const char*>> kLiterals = {
    {kBool, {"t", "f"}},
    {kInt2, {"0", "1", "-1", "7", "-300", "32767", "-32768"}},
    {kInt4, {"0", "1", "-1", "2", "3", "-5", "12", "1000", "2147483647", "-2147483648"}},
    {kInt8, {"0", "1", "-1", "42", "-100000", "9223372036854775807", "-9223372036854775808"}},
    {kNumeric,
     {"0", "1", "-1", "0.5", "2.50", "-1.5", "100", "12.345", "-0.0001", "99999.995",
      "1234567890123.45", "0.00"}},
    {kReal, {"0", "1", "-1.5", "0.1", "3e38", "1e-40", "NaN", "Infinity", "16777217"}},
    {kDouble,
     {"0", "-0", "1", "-2.5", "0.1", "1e308", "1e-308", "NaN", "-Infinity", "123456.789",
      "2147483647.5"}},
    {kText,
     {"", "a", "abc", "ABC", "héllo", "aé€😀b", "a%b_c\\d", "%", "_b%", "  x ", "x,y,,z", ",", "12",
      "-3.5", "2024-02-29", "true", "it's"}},
    {kDate, {"1970-01-01", "2024-02-29", "1999-12-31", "0044-03-15 BC", "2024-12-30"}},
    {kStamp,
     {"1970-01-01 00:00:00", "2024-02-29 23:59:59.999999", "1969-12-31 12:00:00.5",
      "2000-01-03 04:05:06"}},
    {kSpan, {"00:00:00", "1 month", "-1 mon 5 days 03:04:05.5", "1 year 2 days", "-36:00:00"}},
};

std::string sqlType(Kind kind) {
  return typeName(Type::of(kind));
}

std::string sqlLiteral(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string substitute(const std::string& sql, const std::vector<std::string>& args) {
  std::string out;
  for (size_t i = 0; i < sql.size(); i++) {
    if (sql[i] == '$') {
      out += args[static_cast<size_t>(sql[++i] - '1')];
    } else {
      out += sql[i];
    }
  }
  return out;
}

void addArithmetic(std::vector<Shape>& out) {
  for (Kind kind : {kInt2, kInt4, kInt8, kNumeric, kReal, kDouble}) {
    Type type = Type::of(kind);
    out.push_back({"($1 + $2)", Op::add, type, {kind, kind}});
    out.push_back({"($1 - $2)", Op::subtract, type, {kind, kind}});
    out.push_back({"($1 * $2)", Op::multiply, type, {kind, kind}});
    out.push_back({"($1 / $2)", Op::divide, type, {kind, kind}});
    out.push_back({"(- $1)", Op::negate, type, {kind}});
    out.push_back({"abs($1)", Op::absolute, type, {kind}});
    if (kind != kReal && kind != kDouble) {
      out.push_back({"($1 % $2)", Op::modulo, type, {kind, kind}});
    }
  }
  out.push_back({"($1 + $2)", Op::add, Type::of(kInt8), {kInt2, kInt8}});
  out.push_back({"($1 * $2)", Op::multiply, Type::of(kInt4), {kInt4, kInt2}});
  for (Kind kind : {kNumeric, kDouble}) {
    Type type = Type::of(kind);
    out.push_back({"round($1)", Op::round, type, {kind}});
    out.push_back({"trunc($1)", Op::truncate, type, {kind}});
    out.push_back({"ceil($1)", Op::ceil, type, {kind}});
    out.push_back({"floor($1)", Op::floor, type, {kind}});
    out.push_back({"sign($1)", Op::sign, type, {kind}});
    out.push_back({"sqrt($1)", Op::squareRoot, type, {kind}});
    out.push_back({"power($1, $2)", Op::power, type, {kind, kind}});
  }
  out.push_back({"round($1, $2)", Op::round, Type::of(kNumeric), {kNumeric, kInt4}});
  out.push_back({"trunc($1, $2)", Op::truncate, Type::of(kNumeric), {kNumeric, kInt4}});
}

void addConditions(std::vector<Shape>& out) {
  Type type = Type::of(kBool);
  for (Kind kind : kKinds) {
    out.push_back({"($1 = $2)", Op::equal, type, {kind, kind}});
    out.push_back({"($1 <> $2)", Op::notEqual, type, {kind, kind}});
    out.push_back({"($1 < $2)", Op::less, type, {kind, kind}});
    out.push_back({"($1 <= $2)", Op::lessEqual, type, {kind, kind}});
    out.push_back({"($1 > $2)", Op::greater, type, {kind, kind}});
    out.push_back({"($1 >= $2)", Op::greaterEqual, type, {kind, kind}});
    out.push_back({"($1 IS DISTINCT FROM $2)", Op::isDistinctFrom, type, {kind, kind}});
    out.push_back({"($1 IS NOT DISTINCT FROM $2)", Op::isNotDistinctFrom, type, {kind, kind}});
    out.push_back({"($1 IS NULL)", Op::isNull, type, {kind}});
    out.push_back({"($1 IS NOT NULL)", Op::isNotNull, type, {kind}});
    out.push_back({"($1 = $2 OR $1 = $3 OR $1 = $4)", Op::in, type, {kind, kind, kind, kind}});
  }
  out.push_back({"($1 AND $2)", Op::logicalAnd, type, {kBool, kBool}});
  out.push_back({"($1 OR $2)", Op::logicalOr, type, {kBool, kBool}});
  out.push_back({"($1 AND $2 AND $3)", Op::logicalAnd, type, {kBool, kBool, kBool}});
  out.push_back({"(NOT $1)", Op::logicalNot, type, {kBool}});
  out.push_back({"($1 IS TRUE)", Op::isTrue, type, {kBool}});
  out.push_back({"($1 IS NOT TRUE)", Op::isNotTrue, type, {kBool}});
  out.push_back({"($1 IS FALSE)", Op::isFalse, type, {kBool}});
  out.push_back({"($1 IS NOT FALSE)", Op::isNotFalse, type, {kBool}});
  out.push_back({"($1 LIKE $2)", Op::like, type, {kText, kText}});
  out.push_back({"($1 ILIKE $2)", Op::ilike, type, {kText, kText}});
  out.push_back({"($1 LIKE $2 ESCAPE $3)", Op::like, type, {kText, kText, kText}});
  out.push_back({"starts_with($1, $2)", Op::startsWith, type, {kText, kText}});
}

void addChoices(std::vector<Shape>& out) {
  for (Kind kind : kKinds) {
    Type type = Type::of(kind);
    out.push_back({"(CASE WHEN $1 THEN $2 ELSE $3 END)", Op::caseWhen, type, {kBool, kind, kind}});
    out.push_back({"(CASE WHEN $1 THEN $2 WHEN $3 THEN $4 END)",
                   Op::caseWhen,
                   type,
                   {kBool, kind, kBool, kind}});
    out.push_back({"coalesce($1, $2)", Op::coalesce, type, {kind, kind}});
    out.push_back({"nullif($1, $2)", Op::nullIf, type, {kind, kind}});
    out.push_back({"greatest($1, $2, $3)", Op::greatest, type, {kind, kind, kind}});
    out.push_back({"least($1, $2)", Op::least, type, {kind, kind}});
  }
}

void addTexts(std::vector<Shape>& out) {
  Type text = Type::of(kText);
  Type integer = Type::of(kInt4);
  out.push_back({"($1 || $2)", Op::concatenate, text, {kText, kText}});
  out.push_back({"concat($1, $2, $3)", Op::concat, text, {kText, kText, kText}});
  out.push_back({"lower($1)", Op::lower, text, {kText}});
  out.push_back({"upper($1)", Op::upper, text, {kText}});
  out.push_back({"length($1)", Op::length, integer, {kText}});
  out.push_back({"octet_length($1)", Op::octetLength, integer, {kText}});
  out.push_back({"btrim($1)", Op::trimBoth, text, {kText}});
  out.push_back({"btrim($1, $2)", Op::trimBoth, text, {kText, kText}});
  out.push_back({"ltrim($1, $2)", Op::trimLeft, text, {kText, kText}});
  out.push_back({"rtrim($1, $2)", Op::trimRight, text, {kText, kText}});
  out.push_back({"substring($1, $2)", Op::substring, text, {kText, kInt4}});
  out.push_back({"substring($1, $2, $3)", Op::substring, text, {kText, kInt4, kInt4}});
  out.push_back({"strpos($1, $2)", Op::position, integer, {kText, kText}});
  out.push_back({"replace($1, $2, $3)", Op::replace, text, {kText, kText, kText}});
  out.push_back({"left($1, $2)", Op::left, text, {kText, kInt4}});
  out.push_back({"right($1, $2)", Op::right, text, {kText, kInt4}});
  out.push_back({"split_part($1, $2, $3)", Op::splitPart, text, {kText, kText, kInt4}});
  out.push_back({"lpad($1, $2 % 40, $3)", Op::leftPad, text, {kText, kInt4, kText}});
  out.push_back({"rpad($1, $2 % 40, $3)", Op::rightPad, text, {kText, kInt4, kText}});
  out.push_back({"repeat($1, $2 % 5)", Op::repeat, text, {kText, kInt4}});
  out.push_back({"reverse($1)", Op::reverse, text, {kText}});
  out.push_back({"md5($1)", Op::md5, text, {kText}});
}

void addTimes(std::vector<Shape>& out) {
  Type date = Type::of(kDate);
  Type stamp = Type::of(kStamp);
  Type numeric = Type::of(kNumeric);
  out.push_back({"($1 + $2)", Op::dateAddDays, date, {kDate, kInt4}});
  out.push_back({"($1 - $2)", Op::dateSubtractDays, date, {kDate, kInt4}});
  out.push_back({"($1 - $2)", Op::dateDifference, Type::of(kInt4), {kDate, kDate}});
  out.push_back({"($1 + $2)", Op::timestampAddInterval, stamp, {kStamp, kSpan}});
  out.push_back({"($1 - $2)", Op::timestampSubtractInterval, stamp, {kStamp, kSpan}});
  out.push_back({"($1 - $2)", Op::timestampDifference, Type::of(kSpan), {kStamp, kStamp}});
  out.push_back({"$1::timestamp", Op::dateAsTime, stamp, {kDate}});
  out.push_back({"make_date($1, $2, $3)", Op::makeDate, date, {kInt4, kInt4, kInt4}});
  out.push_back({"date_trunc('month', $1)", Op::dateTrunc, stamp, {kStamp}, TimeUnit::month});
  out.push_back({"date_trunc('week', $1)", Op::dateTrunc, stamp, {kStamp}, TimeUnit::week});
  out.push_back({"date_trunc('quarter', $1)", Op::dateTrunc, stamp, {kStamp}, TimeUnit::quarter});
  out.push_back({"date_trunc('hour', $1)", Op::dateTrunc, stamp, {kStamp}, TimeUnit::hour});
  out.push_back({"extract(doy from $1)", Op::extract, numeric, {kDate}, TimeUnit::doy});
  out.push_back({"extract(week from $1)", Op::extract, numeric, {kDate}, TimeUnit::week});
  out.push_back({"extract(second from $1)", Op::extract, numeric, {kStamp}, TimeUnit::second});
  out.push_back({"extract(epoch from $1)", Op::extract, numeric, {kStamp}, TimeUnit::epoch});
  out.push_back({"extract(epoch from $1)", Op::extract, numeric, {kSpan}, TimeUnit::epoch});
  out.push_back({"extract(year from $1)", Op::extract, numeric, {kStamp}, TimeUnit::year});
}

void addCasts(std::vector<Shape>& out) {
  auto add = [&](const char* sql, Type to, Kind from, int16_t precision = 0) {
    out.push_back({sql, Op::cast, to, {from}, TimeUnit::microseconds, precision});
  };
  const std::vector<Kind> numbers = {kInt2, kInt4, kInt8, kNumeric, kReal, kDouble};
  for (Kind from : numbers) {
    add("$1::smallint", Type::of(kInt2), from);
    add("$1::integer", Type::of(kInt4), from);
    add("$1::bigint", Type::of(kInt8), from);
    add("$1::numeric", Type::of(kNumeric), from);
    add("$1::numeric(10,2)", Type::decimal(2), from, 10);
    add("$1::real", Type::of(kReal), from);
    add("$1::double precision", Type::of(kDouble), from);
  }
  for (Kind from : kKinds) add("$1::text", Type::of(kText), from);
  add("$1::integer", Type::of(kInt4), kBool);
  add("$1::boolean", Type::of(kBool), kInt4);
  add("$1::timestamp", Type::of(kStamp), kDate);
  add("$1::date", Type::of(kDate), kStamp);
  add("$1::integer", Type::of(kInt4), kText);
  add("$1::numeric", Type::of(kNumeric), kText);
  add("$1::double precision", Type::of(kDouble), kText);
  add("$1::boolean", Type::of(kBool), kText);
  add("$1::date", Type::of(kDate), kText);
}

/// Repeating and padding take their length modulo something, so that the texts stay small.
ExprPtr bounded(const Shape& shape, size_t arg, ExprPtr expr) {
  bool pads = shape.op == Op::leftPad || shape.op == Op::rightPad;
  if (arg != 1 || !(pads || shape.op == Op::repeat)) return expr;
  return call(Op::modulo, kInt4, std::move(expr), i32(pads ? 40 : 5));
}

}  // namespace

const std::vector<Shape>& allShapes() {
  static const std::vector<Shape> shapes = [] {
    std::vector<Shape> out;
    addArithmetic(out);
    addConditions(out);
    addChoices(out);
    addTexts(out);
    addTimes(out);
    addCasts(out);
    return out;
  }();
  return shapes;
}

Kind ExprGenerator::anyKind() {
  return kKinds[below(kKinds.size())];
}

int64_t ExprGenerator::integerBelow(int64_t bound) {
  int64_t i = static_cast<int64_t>(random_() >> 1 >> below(63)) % bound;
  return below(2) == 0 ? i : -i;
}

std::string ExprGenerator::literalText(Kind kind) {
  const std::vector<const char*>& literals = kLiterals.at(kind);
  if (below(2) == 0) return literals[below(literals.size())];
  switch (kind) {
    case kInt2:
      return std::to_string(integerBelow(INT16_MAX));
    case kInt4:
      return std::to_string(integerBelow(INT32_MAX));
    case kInt8:
      return std::to_string(integerBelow(INT64_MAX));
    case kNumeric:
      return formatNumeric(integerBelow(INT64_MAX), static_cast<uint8_t>(below(12)));
    case kDate:
      return formatDate(integerBelow(800'000));
    case kStamp:
      return formatTimestamp(integerBelow(80'000'000'000'000'000), false);
    default:
      return literals[below(literals.size())];
  }
}

RandomExpr ExprGenerator::leaf(Kind kind) {
  if (below(8) == 0) return {null(kind), "NULL::" + sqlType(kind)};
  std::string text = literalText(kind);
  return {literal(kind, text), sqlLiteral(text) + "::" + sqlType(kind)};
}

RandomExpr ExprGenerator::make(Kind kind, int depth) {
  if (depth == 0 || below(4) == 0) return leaf(kind);
  std::vector<const Shape*> fitting;
  for (const Shape& shape : allShapes()) {
    if (shape.result.kind == kind) fitting.push_back(&shape);
  }
  const Shape& shape = *fitting[below(fitting.size())];
  std::vector<ExprPtr> args;
  std::vector<std::string> texts;
  for (size_t i = 0; i < shape.args.size(); i++) {
    RandomExpr arg = make(shape.args[i], depth - 1);
    args.push_back(bounded(shape, i, arg.expr));
    texts.push_back("(" + arg.sql + ")");
  }
  auto expr = node(shape.op, shape.result, std::move(args));
  expr->unit = shape.unit;
  expr->precision = shape.precision;
  return {expr, "(" + substitute(shape.sql, texts) + ")"};
}

}  // namespace facet::test
