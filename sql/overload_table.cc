// The functions and operators that facet has, as PostgreSQL's catalog has them; those marked
// refused are only here so that the choice among overloads is PostgreSQL's.
#include <algorithm>
#include <iterator>

#include "sql/closest_name.h"
#include "sql/overloads.h"

namespace facet {

namespace {

constexpr Kind kBool = Kind::boolean;
constexpr Kind kInt2 = Kind::int16;
constexpr Kind kInt4 = Kind::int32;
constexpr Kind kInt8 = Kind::int64;
constexpr Kind kNumeric = Kind::numeric;
constexpr Kind kFloat4 = Kind::float32;
constexpr Kind kFloat8 = Kind::float64;
constexpr Kind kText = Kind::text;
constexpr Kind kBytes = Kind::bytes;
constexpr Kind kDate = Kind::date;
constexpr Kind kTime = Kind::timestamp;
constexpr Kind kTimeTz = Kind::timestamptz;
constexpr Kind kSpan = Kind::interval;
constexpr bool kRefused = true;

constexpr Overload kFunctions[] = {
    {"abs", Op::absolute, kInt2, {kInt2}},
    {"abs", Op::absolute, kInt4, {kInt4}},
    {"abs", Op::absolute, kInt8, {kInt8}},
    {"abs", Op::absolute, kNumeric, {kNumeric}},
    {"abs", Op::absolute, kFloat4, {kFloat4}},
    {"abs", Op::absolute, kFloat8, {kFloat8}},
    {"round", Op::round, kFloat8, {kFloat8}},
    {"round", Op::round, kNumeric, {kNumeric}},
    {"round", Op::round, kNumeric, {kNumeric, kInt4}},
    {"trunc", Op::truncate, kFloat8, {kFloat8}},
    {"trunc", Op::truncate, kNumeric, {kNumeric}},
    {"trunc", Op::truncate, kNumeric, {kNumeric, kInt4}},
    {"ceil", Op::ceil, kFloat8, {kFloat8}},
    {"ceil", Op::ceil, kNumeric, {kNumeric}},
    {"ceiling", Op::ceil, kFloat8, {kFloat8}},
    {"ceiling", Op::ceil, kNumeric, {kNumeric}},
    {"floor", Op::floor, kFloat8, {kFloat8}},
    {"floor", Op::floor, kNumeric, {kNumeric}},
    {"sign", Op::sign, kFloat8, {kFloat8}},
    {"sign", Op::sign, kNumeric, {kNumeric}},
    {"power", Op::power, kFloat8, {kFloat8, kFloat8}},
    {"power", Op::power, kNumeric, {kNumeric, kNumeric}, kRefused},
    {"pow", Op::power, kFloat8, {kFloat8, kFloat8}},
    {"pow", Op::power, kNumeric, {kNumeric, kNumeric}, kRefused},
    {"sqrt", Op::squareRoot, kFloat8, {kFloat8}},
    {"sqrt", Op::squareRoot, kNumeric, {kNumeric}, kRefused},
    {"mod", Op::modulo, kInt2, {kInt2, kInt2}},
    {"mod", Op::modulo, kInt4, {kInt4, kInt4}},
    {"mod", Op::modulo, kInt8, {kInt8, kInt8}},
    {"mod", Op::modulo, kNumeric, {kNumeric, kNumeric}},
    {"date_trunc", Op::dateTrunc, kTime, {kText, kTime}},
    {"date_trunc", Op::dateTrunc, kTimeTz, {kText, kTimeTz}},
    {"date_trunc", Op::dateTrunc, kSpan, {kText, kSpan}, kRefused},
    {"date_trunc", Op::dateTrunc, kTimeTz, {kText, kTimeTz, kText}, kRefused},
    {"extract", Op::extract, kNumeric, {kText, kDate}},
    {"extract", Op::extract, kNumeric, {kText, kTime}},
    {"extract", Op::extract, kNumeric, {kText, kTimeTz}},
    {"extract", Op::extract, kNumeric, {kText, kSpan}},
    {"date_part", Op::extract, kFloat8, {kText, kDate}},
    {"date_part", Op::extract, kFloat8, {kText, kTime}},
    {"date_part", Op::extract, kFloat8, {kText, kTimeTz}},
    {"date_part", Op::extract, kFloat8, {kText, kSpan}},
    // AT TIME ZONE
    {"timezone", Op::timestampAddInterval, kTime, {kText, kTimeTz}},
    {"timezone", Op::timestampAddInterval, kTimeTz, {kText, kTime}},
    {"timezone", Op::timestampAddInterval, kTime, {kSpan, kTimeTz}},
    {"timezone", Op::timestampAddInterval, kTimeTz, {kSpan, kTime}},
    {"make_date", Op::makeDate, kDate, {kInt4, kInt4, kInt4}},
    {"lower", Op::lower, kText, {kText}},
    {"upper", Op::upper, kText, {kText}},
    {"length", Op::length, kInt4, {kText}},
    {"length", Op::octetLength, kInt4, {kBytes}},
    {"char_length", Op::length, kInt4, {kText}},
    {"character_length", Op::length, kInt4, {kText}},
    {"octet_length", Op::octetLength, kInt4, {kText}},
    {"octet_length", Op::octetLength, kInt4, {kBytes}},
    {"btrim", Op::trimBoth, kText, {kText}},
    {"btrim", Op::trimBoth, kText, {kText, kText}},
    {"btrim", Op::trimBoth, kBytes, {kBytes, kBytes}, kRefused},
    {"ltrim", Op::trimLeft, kText, {kText}},
    {"ltrim", Op::trimLeft, kText, {kText, kText}},
    {"ltrim", Op::trimLeft, kBytes, {kBytes, kBytes}, kRefused},
    {"rtrim", Op::trimRight, kText, {kText}},
    {"rtrim", Op::trimRight, kText, {kText, kText}},
    {"rtrim", Op::trimRight, kBytes, {kBytes, kBytes}, kRefused},
    {"substring", Op::substring, kText, {kText, kInt4}},
    {"substring", Op::substring, kText, {kText, kInt4, kInt4}},
    {"substring", Op::substring, kBytes, {kBytes, kInt4}, kRefused},
    {"substring", Op::substring, kBytes, {kBytes, kInt4, kInt4}, kRefused},
    {"substring", Op::substring, kText, {kText, kText}, kRefused},
    {"substring", Op::substring, kText, {kText, kText, kText}, kRefused},
    {"substr", Op::substring, kText, {kText, kInt4}},
    {"substr", Op::substring, kText, {kText, kInt4, kInt4}},
    {"substr", Op::substring, kBytes, {kBytes, kInt4}, kRefused},
    {"substr", Op::substring, kBytes, {kBytes, kInt4, kInt4}, kRefused},
    {"position", Op::position, kInt4, {kText, kText}},
    {"position", Op::position, kInt4, {kBytes, kBytes}, kRefused},
    {"strpos", Op::position, kInt4, {kText, kText}},
    {"replace", Op::replace, kText, {kText, kText, kText}},
    {"left", Op::left, kText, {kText, kInt4}},
    {"right", Op::right, kText, {kText, kInt4}},
    {"starts_with", Op::startsWith, kBool, {kText, kText}},
    {"split_part", Op::splitPart, kText, {kText, kText, kInt4}},
    {"lpad", Op::leftPad, kText, {kText, kInt4}},
    {"lpad", Op::leftPad, kText, {kText, kInt4, kText}},
    {"rpad", Op::rightPad, kText, {kText, kInt4}},
    {"rpad", Op::rightPad, kText, {kText, kInt4, kText}},
    {"repeat", Op::repeat, kText, {kText, kInt4}},
    {"reverse", Op::reverse, kText, {kText}},
    {"md5", Op::md5, kText, {kText}},
    {"md5", Op::md5, kText, {kBytes}, kRefused},
};

/// Those that are the same for a pair of kinds: + - * / and, for exact numbers, %.
void addArithmetic(std::vector<Overload>& out, std::string_view name, Op op) {
  static constexpr Kind kIntegers[] = {kInt2, kInt4, kInt8};
  static constexpr Kind kFloats[] = {kFloat4, kFloat8};
  for (const Kind a : kIntegers) {
    for (const Kind b : kIntegers) {
      if (op != Op::modulo || a == b) out.push_back({name, op, std::max(a, b), {a, b}});
    }
  }
  out.push_back({name, op, kNumeric, {kNumeric, kNumeric}});
  if (op == Op::modulo) return;
  for (const Kind a : kFloats) {
    for (const Kind b : kFloats) out.push_back({name, op, std::max(a, b), {a, b}});
  }
}

void addComparison(std::vector<Overload>& out, std::string_view name, Op op) {
  static constexpr std::array kFamilies = {
      std::array{kInt2, kInt4, kInt8},
      std::array{kFloat4, kFloat8, kFloat8},
      std::array{kDate, kTime, kTimeTz},
  };
  for (const auto& family : kFamilies) {
    for (size_t a = 0; a < family.size(); ++a) {
      for (size_t b = 0; b < family.size(); ++b) {
        const bool repeated =
            (a > 0 && family[a] == family[a - 1]) || (b > 0 && family[b] == family[b - 1]);
        if (!repeated) out.push_back({name, op, kBool, {family[a], family[b]}});
      }
    }
  }
  for (const Kind kind : {kNumeric, kText, kBytes, kBool, kSpan}) {
    out.push_back({name, op, kBool, {kind, kind}});
  }
}

constexpr Overload kDateOperators[] = {
    {"+", Op::dateAddDays, kDate, {kDate, kInt4}},
    {"+", Op::dateAddDays, kDate, {kInt4, kDate}},
    {"+", Op::timestampAddInterval, kTime, {kDate, kSpan}},
    {"+", Op::timestampAddInterval, kTime, {kSpan, kDate}},
    {"+", Op::timestampAddInterval, kTime, {kTime, kSpan}},
    {"+", Op::timestampAddInterval, kTime, {kSpan, kTime}},
    {"+", Op::timestampAddInterval, kTimeTz, {kTimeTz, kSpan}},
    {"+", Op::timestampAddInterval, kTimeTz, {kSpan, kTimeTz}},
    {"+", Op::add, kSpan, {kSpan, kSpan}},
    {"-", Op::dateDifference, kInt4, {kDate, kDate}},
    {"-", Op::dateSubtractDays, kDate, {kDate, kInt4}},
    {"-", Op::timestampSubtractInterval, kTime, {kDate, kSpan}},
    {"-", Op::timestampSubtractInterval, kTime, {kTime, kSpan}},
    {"-", Op::timestampSubtractInterval, kTimeTz, {kTimeTz, kSpan}},
    {"-", Op::timestampDifference, kSpan, {kTime, kTime}},
    {"-", Op::timestampDifference, kSpan, {kTimeTz, kTimeTz}},
    {"-", Op::subtract, kSpan, {kSpan, kSpan}},
    {"*", Op::multiply, kSpan, {kSpan, kFloat8}},
    {"*", Op::multiply, kSpan, {kFloat8, kSpan}},
    {"/", Op::divide, kSpan, {kSpan, kFloat8}},
    {"^", Op::power, kFloat8, {kFloat8, kFloat8}},
    {"^", Op::power, kNumeric, {kNumeric, kNumeric}, kRefused},
    {"~~", Op::like, kBool, {kText, kText}},
    {"~~", Op::like, kBool, {kBytes, kBytes}, kRefused},
    {"~~*", Op::ilike, kBool, {kText, kText}},
};

std::vector<Overload> makeBinaryOperators() {
  std::vector<Overload> out;
  addArithmetic(out, "+", Op::add);
  addArithmetic(out, "-", Op::subtract);
  addArithmetic(out, "*", Op::multiply);
  addArithmetic(out, "/", Op::divide);
  addArithmetic(out, "%", Op::modulo);
  addComparison(out, "=", Op::equal);
  addComparison(out, "<>", Op::notEqual);
  addComparison(out, "<", Op::less);
  addComparison(out, "<=", Op::lessEqual);
  addComparison(out, ">", Op::greater);
  addComparison(out, ">=", Op::greaterEqual);
  out.insert(out.end(), std::begin(kDateOperators), std::end(kDateOperators));
  return out;
}

std::vector<Overload> makePrefixOperators() {
  std::vector<Overload> out;
  for (const Kind kind : {kInt2, kInt4, kInt8, kNumeric, kFloat4, kFloat8}) {
    out.push_back({"-", Op::negate, kind, {kind}});
    out.push_back({"+", Op::constant, kind, {kind}});
  }
  out.push_back({"-", Op::negate, kSpan, {kSpan}});
  return out;
}

template <typename List>
std::vector<Overload> named(const List& list, std::string_view name) {
  std::vector<Overload> out;
  std::copy_if(std::begin(list), std::end(list), std::back_inserter(out),
               [&](const Overload& o) { return o.name == name; });
  return out;
}

}  // namespace

std::vector<Overload> functionsNamed(std::string_view name) {
  return named(kFunctions, name);
}

std::vector<Overload> operatorsNamed(std::string_view name, size_t argumentCount) {
  static const std::vector<Overload> kBinary = makeBinaryOperators();
  static const std::vector<Overload> kPrefix = makePrefixOperators();
  return named(argumentCount == 2 ? kBinary : kPrefix, name);
}

std::string_view closestFunction(std::string_view name) {
  std::vector<std::string_view> names = {"count",  "sum",      "avg",     "min",    "max",
                                         "every",  "bool_and", "bool_or", "concat", "coalesce",
                                         "nullif", "greatest", "least"};
  for (const Overload& o : kFunctions) names.push_back(o.name);
  return closestName(name, names);
}

}  // namespace facet
