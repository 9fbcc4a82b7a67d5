// power, sqrt, round, trunc, ceil, floor, sign: of float64 and of numeric, as the kind of the
// result says.
#include <cerrno>
#include <cmath>

#include "sql/eval_float.h"
#include "sql/eval_node.h"
#include "sql/eval_numeric_root.h"
#include "values/numeric.h"

namespace facet {
namespace {

using Args = std::span<const Value>;

Value powerFloat(Args args, const CallSite&, Arena&) {
  double base = toDouble(args[0]);
  double exponent = toDouble(args[1]);
  bool numbers = !std::isnan(base) && !std::isnan(exponent);
  if (numbers && base == 0 && exponent < 0) return Value::error(ErrorCode::invalidArgument);
  if (numbers && base < 0 && std::floor(exponent) != exponent) {
    return Value::error(ErrorCode::invalidArgument);
  }
  if (!numbers || std::isinf(base) || std::isinf(exponent)) {
    return Value::float64(std::pow(base, exponent));
  }
  errno = 0;
  double result = std::pow(base, exponent);
  if (errno == ERANGE || std::isinf(result) || (result == 0 && base != 0)) {
    return Value::error(ErrorCode::floatOutOfRange);
  }
  return Value::float64(result);
}

Value squareRootFloat(Args args, const CallSite&, Arena&) {
  double d = toDouble(args[0]);
  if (d < 0) return Value::error(ErrorCode::invalidArgument);
  return Value::float64(std::sqrt(d));
}

/// round() of a float is to the nearest even.
template <double (*compute)(double)>
Value mapFloat(Args args, const CallSite& site, Arena&) {
  return makeFloat(site.result.kind, compute(toDouble(args[0])));
}

double signOf(double d) {
  return d > 0 ? 1 : d < 0 ? -1 : 0;
}

/// Places of round and trunc: beyond what a numeric has, the result no longer changes.
int placesOf(Args args) {
  constexpr int64_t kMostPlaces = 1000;
  if (args.size() < 2) return 0;
  return static_cast<int>(std::clamp(args[1].asInt(), -kMostPlaces, kMostPlaces));
}

Value roundNumeric(Args args, const CallSite&, Arena&) {
  return numericRound(args[0], placesOf(args));
}
Value truncateNumeric(Args args, const CallSite&, Arena&) {
  return numericTruncate(args[0], placesOf(args));
}
Value ceilNumeric(Args args, const CallSite&, Arena&) {
  return numericCeil(args[0]);
}
Value floorNumeric(Args args, const CallSite&, Arena&) {
  return numericFloor(args[0]);
}
Value signNumeric(Args args, const CallSite&, Arena&) {
  int128 unscaled = toNumeric(args[0]).unscaled();
  return Value::numeric((unscaled > 0) - (unscaled < 0), 0);
}
Value powerNumeric(Args args, const CallSite&, Arena&) {
  return numericPower(args[0], args[1]);
}
Value squareRootNumeric(Args args, const CallSite&, Arena&) {
  return numericSquareRoot(args[0]);
}

/// Of numerics they are computed with many digits: microseconds.
uint64_t rootCost(Args) {
  return 16 << 10;
}

struct MathFunction {
  Op op;
  StrictFunction ofFloat;
  StrictFunction ofNumeric;
};

constexpr MathFunction kFunctions[] = {
    {Op::power, powerFloat, powerNumeric},
    {Op::squareRoot, squareRootFloat, squareRootNumeric},
    {Op::round, mapFloat<std::rint>, roundNumeric},
    {Op::truncate, mapFloat<std::trunc>, truncateNumeric},
    {Op::ceil, mapFloat<std::ceil>, ceilNumeric},
    {Op::floor, mapFloat<std::floor>, floorNumeric},
    {Op::sign, mapFloat<signOf>, signNumeric},
};

}  // namespace

NodePtr makeMath(const Expr& expr, Nodes args) {
  bool numeric = expr.type.kind == Kind::numeric;
  FACET_ASSERT(numeric || expr.type.isFloat(), static_cast<int>(expr.type.kind));
  for (const MathFunction& f : kFunctions) {
    if (f.op == expr.op) {
      const bool root = f.op == Op::power || f.op == Op::squareRoot;
      return makeStrict(expr, std::move(args), numeric ? f.ofNumeric : f.ofFloat,
                        numeric && root ? rootCost : nullptr);
    }
  }
  FACET_ASSERT(false, static_cast<int>(expr.op));
  return nullptr;
}

}  // namespace facet
