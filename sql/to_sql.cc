// Expressions back to SQL, with the fewest brackets that PostgreSQL's precedence allows.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sql/expr.h"
#include "sql/type_rules.h"
#include "values/text.h"

namespace facet {

namespace {

/// PostgreSQL's precedence, loosest first.
enum Precedence {
  kOr = 1,
  kAnd,
  kNot,
  kIs,
  kCompare,
  kLike,   // BETWEEN, IN, LIKE
  kOther,  // ||
  kAdd,
  kMultiply,
  kPower,
  kNegate,
  kCast,
  kPrimary,
};

struct Infix {
  Op op;
  std::string_view symbol;
  Precedence precedence;
};
constexpr Infix kInfix[] = {
    {Op::logicalAnd, "AND", kAnd},
    {Op::logicalOr, "OR", kOr},
    {Op::isDistinctFrom, "IS DISTINCT FROM", kIs},
    {Op::isNotDistinctFrom, "IS NOT DISTINCT FROM", kIs},
    {Op::equal, "=", kCompare},
    {Op::notEqual, "<>", kCompare},
    {Op::less, "<", kCompare},
    {Op::lessEqual, "<=", kCompare},
    {Op::greater, ">", kCompare},
    {Op::greaterEqual, ">=", kCompare},
    {Op::add, "+", kAdd},
    {Op::subtract, "-", kAdd},
    {Op::dateAddDays, "+", kAdd},
    {Op::dateSubtractDays, "-", kAdd},
    {Op::dateDifference, "-", kAdd},
    {Op::timestampAddInterval, "+", kAdd},
    {Op::timestampSubtractInterval, "-", kAdd},
    {Op::timestampDifference, "-", kAdd},
    {Op::multiply, "*", kMultiply},
    {Op::divide, "/", kMultiply},
    {Op::modulo, "%", kMultiply},
    {Op::concatenate, "||", kOther},
};

struct Postfix {
  Op op;
  std::string_view words;
};
constexpr Postfix kPostfix[] = {
    {Op::isNull, "IS NULL"},   {Op::isNotNull, "IS NOT NULL"},
    {Op::isTrue, "IS TRUE"},   {Op::isNotTrue, "IS NOT TRUE"},
    {Op::isFalse, "IS FALSE"}, {Op::isNotFalse, "IS NOT FALSE"},
};

struct Named {
  Op op;
  std::string_view name;
};
constexpr Named kFunctions[] = {
    {Op::coalesce, "COALESCE"},
    {Op::nullIf, "NULLIF"},
    {Op::greatest, "GREATEST"},
    {Op::least, "LEAST"},
    {Op::absolute, "abs"},
    {Op::power, "power"},
    {Op::squareRoot, "sqrt"},
    {Op::round, "round"},
    {Op::truncate, "trunc"},
    {Op::ceil, "ceil"},
    {Op::floor, "floor"},
    {Op::sign, "sign"},
    {Op::makeDate, "make_date"},
    {Op::concat, "concat"},
    {Op::lower, "lower"},
    {Op::upper, "upper"},
    {Op::length, "length"},
    {Op::trimBoth, "btrim"},
    {Op::trimLeft, "ltrim"},
    {Op::trimRight, "rtrim"},
    {Op::substring, "substring"},
    {Op::position, "strpos"},
    {Op::replace, "replace"},
    {Op::left, "left"},
    {Op::right, "right"},
    {Op::startsWith, "starts_with"},
    {Op::splitPart, "split_part"},
    {Op::leftPad, "lpad"},
    {Op::rightPad, "rpad"},
    {Op::repeat, "repeat"},
    {Op::reverse, "reverse"},
    {Op::octetLength, "octet_length"},
    {Op::md5, "md5"},
};

constexpr std::string_view kUnits[] = {
    "microseconds", "milliseconds", "second",  "minute", "hour",    "day",        "week",
    "month",        "quarter",      "year",    "decade", "century", "millennium", "dow",
    "isodow",       "doy",          "isoyear", "epoch",  "julian",
};

template <typename List>
auto findOp(const List& list, Op op) {
  const auto found =
      std::find_if(std::begin(list), std::end(list), [&](const auto& e) { return e.op == op; });
  return found == std::end(list) ? nullptr : &*found;
}

std::string inQuotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string constantSql(const Expr& expr) {
  if (expr.value.isNull()) return "NULL";
  std::string text = toText(expr.type, expr.value);
  switch (expr.type.kind) {
    case Kind::boolean:
      return expr.value.asBool() ? "true" : "false";
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::numeric:
      return text;
    case Kind::text:
      return inQuotes(text);
    default:
      return fmt::format("{} {}", plainTypeName(expr.type), inQuotes(text));
  }
}

Precedence precedenceOf(const Expr& expr) {
  if (const Infix* infix = findOp(kInfix, expr.op)) return infix->precedence;
  if (findOp(kPostfix, expr.op) != nullptr) return kIs;
  switch (expr.op) {
    case Op::logicalNot:
      return kNot;
    case Op::in:
    case Op::like:
    case Op::ilike:
      return kLike;
    case Op::negate:
      return kNegate;
    case Op::cast:
      return kCast;
    case Op::dateAsTime:
      return precedenceOf(*expr.args[0]);
    case Op::constant: {
      const bool negative = expr.type.isNumber() && !expr.type.isFloat() && !expr.value.isNull() &&
                            toText(expr.type, expr.value)[0] == '-';
      return negative ? kNegate : kPrimary;
    }
    default:
      return kPrimary;
  }
}

class Printer {
 public:
  Printer(ColumnNamer columnName, const void* context) : name_(columnName), context_(context) {}

  std::string print(const Expr& expr) const {
    switch (expr.op) {
      case Op::constant:
        return constantSql(expr);
      case Op::column:
      case Op::eventPosition:
      case Op::eventTime:
      case Op::groupColumn:
      case Op::aggregate:
        return name_(context_, expr);
      case Op::logicalNot:
        return "NOT " + operand(*expr.args[0], kNot);
      case Op::negate:
        return "-" + operand(*expr.args[0], kCast);
      case Op::in:
        return operand(*expr.args[0], kOther) + " IN (" + list(expr, 1) + ")";
      case Op::like:
      case Op::ilike:
        return printLike(expr);
      case Op::caseWhen:
        return printCase(expr);
      case Op::dateAsTime:
        return print(*expr.args[0]);
      case Op::cast:
        return operand(*expr.args[0], kCast) + "::" + castName(expr);
      case Op::dateTrunc:
        return fmt::format("date_trunc({}, {})", inQuotes(unit(expr)), list(expr, 0));
      case Op::extract:
        return fmt::format("extract({} FROM {})", unit(expr), list(expr, 0));
      default:
        break;
    }
    if (const Infix* infix = findOp(kInfix, expr.op)) return printInfix(expr, *infix);
    if (const Postfix* postfix = findOp(kPostfix, expr.op)) {
      return fmt::format("{} {}", operand(*expr.args[0], kCompare), postfix->words);
    }
    const Named* function = findOp(kFunctions, expr.op);
    return fmt::format("{}({})", function == nullptr ? "?" : function->name, list(expr, 0));
  }

 private:
  static std::string_view unit(const Expr& expr) { return kUnits[static_cast<size_t>(expr.unit)]; }

  static std::string castName(const Expr& expr) {
    if (expr.precision == 0) return plainTypeName(expr.type);
    return fmt::format("numeric({},{})", expr.precision, expr.type.scale);
  }

  std::string operand(const Expr& expr, Precedence least) const {
    const std::string text = print(expr);
    return precedenceOf(expr) < least ? "(" + text + ")" : text;
  }

  std::string list(const Expr& expr, size_t from) const {
    std::string out;
    for (size_t i = from; i < expr.args.size(); ++i) {
      out += (i > from ? ", " : "") + print(*expr.args[i]);
    }
    return out;
  }

  /// Operators are left-associative; comparisons do not chain.
  std::string printInfix(const Expr& expr, const Infix& infix) const {
    const auto tighter = static_cast<Precedence>(infix.precedence + 1);
    const bool chains = infix.precedence != kCompare && infix.precedence != kIs;
    std::string out = operand(*expr.args[0], chains ? infix.precedence : tighter);
    for (size_t i = 1; i < expr.args.size(); ++i) {
      out += fmt::format(" {} {}", infix.symbol, operand(*expr.args[i], tighter));
    }
    return out;
  }

  std::string printLike(const Expr& expr) const {
    std::string out =
        fmt::format("{} {} {}", operand(*expr.args[0], kOther),
                    expr.op == Op::like ? "LIKE" : "ILIKE", operand(*expr.args[1], kOther));
    const bool usual = expr.args.size() < 3 || expr.args[2]->text == "\\";
    return usual ? out : out + " ESCAPE " + print(*expr.args[2]);
  }

  std::string printCase(const Expr& expr) const {
    std::string out = "CASE";
    size_t i = 0;
    for (; i + 1 < expr.args.size(); i += 2) {
      out += fmt::format(" WHEN {} THEN {}", print(*expr.args[i]), print(*expr.args[i + 1]));
    }
    if (i < expr.args.size()) out += " ELSE " + print(*expr.args[i]);
    return out + " END";
  }

  ColumnNamer name_;
  const void* context_;
};

}  // namespace

std::string toSql(const Expr& expr, ColumnNamer columnName, const void* context) {
  return Printer(columnName, context).print(expr);
}

}  // namespace facet
