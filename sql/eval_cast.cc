// Casts among all kinds, as PostgreSQL does them: whole numbers from floats round to the nearest
// even, from numerics half away from zero; to and from text goes by the output and input functions
// (values/text.h).
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "sql/eval_float.h"
#include "sql/eval_node.h"
#include "values/numeric.h"
#include "values/text.h"

namespace facet {
namespace {

using Args = std::span<const Value>;

/// 10^35 is the greatest power of ten that a numeric can have: a greater precision is no limit.
constexpr int kMaxNumericDigits = 35;

struct IntegerRange {
  int64_t least;
  int64_t greatest;
  ErrorCode error;
};

IntegerRange rangeOf(Kind kind) {
  switch (kind) {
    case Kind::int16:
      return {INT16_MIN, INT16_MAX, ErrorCode::smallintOutOfRange};
    case Kind::int32:
      return {INT32_MIN, INT32_MAX, ErrorCode::integerOutOfRange};
    default:
      return {INT64_MIN, INT64_MAX, ErrorCode::bigintOutOfRange};
  }
}

/// From one word to another of a given range, multiplied or (rounding down) divided on the way.
class WordCast final : public WordNode {
 public:
  WordCast(NodePtr arg, Kind kind, IntegerRange range, int64_t factor = 1, int64_t divisor = 1)
      : WordNode(kind), arg_(std::move(arg)), range_(range), factor_(factor), divisor_(divisor) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    if (!w.isValue()) return w;
    int64_t out = 0;
    if (__builtin_mul_overflow(w.value, factor_, &out)) return Word::error(range_.error);
    if (divisor_ != 1) out = out / divisor_ - (out % divisor_ < 0);
    if (out < range_.least || out > range_.greatest) return Word::error(range_.error);
    return {out};
  }

 private:
  NodePtr arg_;
  IntegerRange range_;
  int64_t factor_;
  int64_t divisor_;
};

class IntegerToBoolean final : public WordNode {
 public:
  explicit IntegerToBoolean(NodePtr arg) : WordNode(Kind::boolean), arg_(std::move(arg)) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    return w.isValue() ? Word::boolean(w.value != 0) : w;
  }

 private:
  NodePtr arg_;
};

Value floatToInteger(Args args, const CallSite& site, Arena&) {
  IntegerRange range = rangeOf(site.result.kind);
  double d = std::rint(args[0].asDouble());
  // -least is a power of two and exact as a double, greatest of int64 is not.
  double limit = -static_cast<double>(range.least);
  if (!(d >= -limit && d < limit)) return Value::error(range.error);
  return Value::integer(site.result.kind, static_cast<int64_t>(d));
}

Value numericToInteger(Args args, const CallSite& site, Arena&) {
  IntegerRange range = rangeOf(site.result.kind);
  Value whole = numericRound(args[0], 0);
  if (whole.isError()) return whole;
  if (whole.unscaled() < range.least || whole.unscaled() > range.greatest) {
    return Value::error(range.error);
  }
  return Value::integer(site.result.kind, static_cast<int64_t>(whole.unscaled()));
}

Value numberToFloat64(Args args, const CallSite&, Arena&) {
  return Value::float64(toDouble(args[0]));
}

/// By way of text: a double in between would round twice.
Value numericToFloat32(const Value& numeric) {
  std::string digits = formatNumeric(numeric.unscaled(), numeric.scale());
  float f = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), f).ec != std::errc()) {
    return Value::error(ErrorCode::floatOutOfRange);
  }
  return Value::float32(f);
}

Value numberToFloat32(Args args, const CallSite&, Arena&) {
  switch (args[0].kind()) {
    case Kind::numeric:
      return numericToFloat32(args[0]);
    case Kind::float64: {
      double d = args[0].asDouble();
      return checkedFloat<float>(static_cast<float>(d), !std::isinf(d), d != 0);
    }
    default:
      return Value::float32(static_cast<float>(args[0].asInt()));
  }
}

/// Rounds to the scale of the type and checks its precision, where it has them.
Value fitNumeric(const Value& value, const CallSite& site) {
  if (value.isError()) return value;
  Value out = site.result.scale == kAnyScale ? value : numericRescale(value, site.result.scale);
  if (out.isError() || site.precision == 0 || site.precision > kMaxNumericDigits) return out;
  int128 limit = 1;
  for (int i = 0; i < site.precision; i++) limit *= 10;
  bool fits = out.unscaled() < limit && out.unscaled() > -limit;
  return fits ? out : Value::error(ErrorCode::numericOutOfRange);
}

/// A float with all its digits; where they will be rounded away anyway, zero instead of a scale
/// that is too large.
Value exactFloat(double d, int digits, const CallSite& site) {
  constexpr double kInvisible = 1e-60;
  static_assert(kMaxScale >= 60 + std::numeric_limits<double>::digits10);
  bool rounds = site.result.scale != kAnyScale && site.result.scale < 60;
  return rounds && std::fabs(d) < kInvisible ? Value::numeric(0, 0) : numericFromDouble(d, digits);
}

Value numberToNumeric(Args args, const CallSite& site, Arena&) {
  constexpr int kFloat32Digits = 6;
  constexpr int kFloat64Digits = 15;
  switch (args[0].kind()) {
    case Kind::float32:
      return fitNumeric(exactFloat(args[0].asDouble(), kFloat32Digits, site), site);
    case Kind::float64:
      return fitNumeric(exactFloat(args[0].asDouble(), kFloat64Digits, site), site);
    default:
      return fitNumeric(toNumeric(args[0]), site);
  }
}

Value fromText(Args args, const CallSite& site, Arena& arena) {
  std::string scratch;
  std::optional<Value> value = parseText(site.result, args[0].asText(), scratch);
  if (!value) return Value::error(ErrorCode::invalidText);
  if (value->kind() == Kind::numeric) return fitNumeric(*value, site);
  return copied(*value, arena);
}

Value integerToText(Args args, const CallSite&, Arena& arena) {
  constexpr size_t kMostDigits = 20;
  char* out = arena.allocate(kMostDigits);
  char* end = std::to_chars(out, out + kMostDigits, args[0].asInt()).ptr;
  return Value::text({out, static_cast<size_t>(end - out)});
}

/// The cast writes the words out; the output function prints t and f.
Value booleanToText(Args args, const CallSite&, Arena&) {
  return Value::text(args[0].asBool() ? "true" : "false");
}

Value anyToText(Args args, const CallSite& site, Arena& arena) {
  thread_local std::string buffer;
  buffer.clear();
  appendText(buffer, site.argument, args[0]);
  if (buffer.size() > Arena::kMaxValueBytes) return Value::error(ErrorCode::tooLarge);
  return Value::text(arena.copy(buffer));
}

NodePtr makeToText(const Expr& expr, Nodes args, const Type& from) {
  if (from.kind == Kind::boolean) return makeStrict(expr, std::move(args), booleanToText);
  if (from.isInteger()) return makeStrict(expr, std::move(args), integerToText);
  return makeStrict(expr, std::move(args), anyToText);
}

NodePtr makeToNumber(const Expr& expr, Nodes args, const Type& from) {
  Kind to = expr.type.kind;
  if (to == Kind::numeric) return makeStrict(expr, std::move(args), numberToNumeric);
  if (to == Kind::float64) return makeStrict(expr, std::move(args), numberToFloat64);
  if (to == Kind::float32) return makeStrict(expr, std::move(args), numberToFloat32);
  if (isWordKind(from.kind)) {
    return std::make_unique<WordCast>(std::move(args[0]), to, rangeOf(to));
  }
  return makeStrict(expr, std::move(args), from.isFloat() ? floatToInteger : numericToInteger);
}

NodePtr makeToTime(const Expr& expr, Nodes args, const Type& from) {
  constexpr IntegerRange kTimes = {kMinTimestamp, kMaxTimestamp, ErrorCode::timestampOutOfRange};
  constexpr IntegerRange kDatesAsTimes = {kMinTimestamp, kMaxTimestamp, ErrorCode::dateOutOfRange};
  constexpr IntegerRange kDates = {kMinDate, kMaxDate, ErrorCode::dateOutOfRange};
  Kind to = expr.type.kind;
  if (from.kind == Kind::date) {
    return std::make_unique<WordCast>(std::move(args[0]), to, kDatesAsTimes, kMicrosPerDay);
  }
  if (to == Kind::date) {
    return std::make_unique<WordCast>(std::move(args[0]), to, kDates, 1, kMicrosPerDay);
  }
  return std::make_unique<WordCast>(std::move(args[0]), to, kTimes);
}

/// Whether every value of the one type already is one of the other.
bool isSame(const Type& from, const Expr& cast) {
  const Type& to = cast.type;
  if (from.kind == Kind::null) return true;
  if (from.kind != to.kind) return false;
  if (to.kind != Kind::numeric) return true;
  return cast.precision == 0 && (to.scale == kAnyScale || to.scale == from.scale);
}

}  // namespace

NodePtr makeCast(const Expr& expr, Nodes args) {
  const Type& from = expr.args[0]->type;
  const Type& to = expr.type;
  if (isSame(from, expr)) return std::move(args[0]);
  if (to.kind == Kind::text) return makeToText(expr, std::move(args), from);
  if (from.kind == Kind::text) return makeStrict(expr, std::move(args), fromText);
  if (to.kind == Kind::boolean && from.isInteger()) {
    return std::make_unique<IntegerToBoolean>(std::move(args[0]));
  }
  if (to.isNumber() && (from.isNumber() || from.kind == Kind::boolean)) {
    return makeToNumber(expr, std::move(args), from);
  }
  bool times = isWordKind(to.kind) && !to.isNumber() && to.kind != Kind::boolean;
  FACET_ASSERT(times && isWordKind(from.kind), static_cast<int>(from.kind),
               static_cast<int>(to.kind));
  return makeToTime(expr, std::move(args), from);
}

}  // namespace facet
