// Arithmetic of integers (overflow checked for each kind), floats (PostgreSQL's overflow and
// underflow errors), numerics and intervals. Which arithmetic it is, the kind of the result says.
#include <cmath>
#include <limits>

#include "sql/eval_float.h"
#include "sql/eval_node.h"
#include "values/interval_math.h"
#include "values/numeric.h"

namespace facet {
namespace {

template <typename T>
constexpr ErrorCode kOutOfRange = sizeof(T) == 2   ? ErrorCode::smallintOutOfRange
                                  : sizeof(T) == 4 ? ErrorCode::integerOutOfRange
                                                   : ErrorCode::bigintOutOfRange;
template <typename T>
constexpr Kind kKindOf = sizeof(T) == 2   ? Kind::int16
                         : sizeof(T) == 4 ? Kind::int32
                                          : Kind::int64;

/// The arguments are of kind T or a narrower one.
template <typename T, Op op>
Word computeInteger(int64_t a, int64_t b) {
  T out = 0;
  bool overflow = false;
  if constexpr (op == Op::add) {
    overflow = __builtin_add_overflow(a, b, &out);
  } else if constexpr (op == Op::subtract) {
    overflow = __builtin_sub_overflow(a, b, &out);
  } else if constexpr (op == Op::multiply) {
    overflow = __builtin_mul_overflow(a, b, &out);
  } else {
    if (b == 0) return Word::error(ErrorCode::divisionByZero);
    if (b == -1) {  // the one quotient that can overflow; its remainder is 0
      overflow = op == Op::divide && __builtin_sub_overflow(int64_t{0}, a, &out);
    } else {
      out = static_cast<T>(op == Op::divide ? a / b : a % b);
    }
  }
  return overflow ? Word::error(kOutOfRange<T>) : Word{out};
}

template <typename T, Op op>
class IntegerBinary final : public WordNode {
 public:
  explicit IntegerBinary(Nodes& args)
      : WordNode(kKindOf<T>), a_(std::move(args[0])), b_(std::move(args[1])) {}
  Word word(const EvalContext& context) const override {
    Word a = a_->word(context);
    Word b = b_->word(context);
    if (a.isValue() && b.isValue()) [[likely]]
      return computeInteger<T, op>(a.value, b.value);
    return strictOutcome(a, b);
  }

 private:
  NodePtr a_;
  NodePtr b_;
};

/// Negation, or the absolute value.
template <typename T>
class IntegerNegate final : public WordNode {
 public:
  IntegerNegate(Nodes& args, bool onlyNegative)
      : WordNode(kKindOf<T>), arg_(std::move(args[0])), onlyNegative_(onlyNegative) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    if (!w.isValue() || (onlyNegative_ && w.value >= 0)) return w;
    return computeInteger<T, Op::subtract>(0, w.value);
  }

 private:
  NodePtr arg_;
  bool onlyNegative_;
};

/// A binary operation on values of any one kind.
template <Value (*compute)(const Value& a, const Value& b)>
class ValueBinary final : public EvalNode {
 public:
  explicit ValueBinary(Nodes& args) : a_(std::move(args[0])), b_(std::move(args[1])) {}
  Value evaluate(const EvalContext& context) const override {
    Value a = a_->evaluate(context);
    if (a.isError()) return a;
    Value b = b_->evaluate(context);
    if (b.isError()) return b;
    if (a.isNull() || b.isNull()) return Value::null();
    return compute(a, b);
  }

 private:
  NodePtr a_;
  NodePtr b_;
};

/// F is float or double: float32 computes and rounds as a float.
template <typename F, Op op>
Value computeFloat(const Value& a, const Value& b) {
  F x = static_cast<F>(toDouble(a));
  F y = static_cast<F>(toDouble(b));
  bool finite = !std::isinf(x) && !std::isinf(y);
  if constexpr (op == Op::add) {
    return checkedFloat<F>(x + y, finite, false);
  } else if constexpr (op == Op::subtract) {
    return checkedFloat<F>(x - y, finite, false);
  } else if constexpr (op == Op::multiply) {
    return checkedFloat<F>(x * y, finite, x != 0 && y != 0);
  } else {
    if (y == 0 && !std::isnan(x)) return Value::error(ErrorCode::divisionByZero);
    return checkedFloat<F>(x / y, !std::isinf(x), x != 0 && !std::isinf(y));
  }
}

Value absoluteFloat(std::span<const Value> args, const CallSite& site, Arena&) {
  return makeFloat(site.result.kind, std::fabs(toDouble(args[0])));
}
Value negateFloat(std::span<const Value> args, const CallSite& site, Arena&) {
  return makeFloat(site.result.kind, -toDouble(args[0]));
}
Value absoluteNumeric(std::span<const Value> args, const CallSite&, Arena&) {
  return numericAbs(args[0]);
}
Value negateNumeric(std::span<const Value> args, const CallSite&, Arena&) {
  return numericNegate(args[0]);
}

Value sumOfIntervals(const Value& a, const Value& b) {
  return addIntervals(a.asInterval(), b.asInterval());
}
Value differenceOfIntervals(const Value& a, const Value& b) {
  return subtractIntervals(a.asInterval(), b.asInterval());
}
Value intervalTimes(const Value& a, const Value& b) {
  return multiplyInterval(a.asInterval(), b.asDouble());
}
Value intervalOver(const Value& a, const Value& b) {
  return divideInterval(a.asInterval(), b.asDouble());
}
Value negateInterval(std::span<const Value> args, const CallSite&, Arena&) {
  return subtractIntervals({}, args[0].asInterval());
}

template <typename T>
NodePtr makeInteger(const Expr& expr, Nodes& args) {
  switch (expr.op) {
    case Op::add:
      return std::make_unique<IntegerBinary<T, Op::add>>(args);
    case Op::subtract:
      return std::make_unique<IntegerBinary<T, Op::subtract>>(args);
    case Op::multiply:
      return std::make_unique<IntegerBinary<T, Op::multiply>>(args);
    case Op::divide:
      return std::make_unique<IntegerBinary<T, Op::divide>>(args);
    case Op::modulo:
      return std::make_unique<IntegerBinary<T, Op::modulo>>(args);
    default:
      return std::make_unique<IntegerNegate<T>>(args, expr.op == Op::absolute);
  }
}

template <typename F>
NodePtr makeFloatArithmetic(const Expr& expr, Nodes& args) {
  switch (expr.op) {
    case Op::add:
      return std::make_unique<ValueBinary<computeFloat<F, Op::add>>>(args);
    case Op::subtract:
      return std::make_unique<ValueBinary<computeFloat<F, Op::subtract>>>(args);
    case Op::multiply:
      return std::make_unique<ValueBinary<computeFloat<F, Op::multiply>>>(args);
    case Op::divide:
      return std::make_unique<ValueBinary<computeFloat<F, Op::divide>>>(args);
    case Op::negate:
      return makeStrict(expr, std::move(args), negateFloat);
    default:
      FACET_ASSERT(expr.op == Op::absolute, static_cast<int>(expr.op));
      return makeStrict(expr, std::move(args), absoluteFloat);
  }
}

NodePtr makeNumeric(const Expr& expr, Nodes& args) {
  switch (expr.op) {
    case Op::add:
      return std::make_unique<ValueBinary<numericAdd>>(args);
    case Op::subtract:
      return std::make_unique<ValueBinary<numericSubtract>>(args);
    case Op::multiply:
      return std::make_unique<ValueBinary<numericMultiply>>(args);
    case Op::divide:
      return std::make_unique<ValueBinary<numericDivide>>(args);
    case Op::modulo:
      return std::make_unique<ValueBinary<numericModulo>>(args);
    case Op::negate:
      return makeStrict(expr, std::move(args), negateNumeric);
    default:
      return makeStrict(expr, std::move(args), absoluteNumeric);
  }
}

/// Of intervals, or of an interval and a double precision.
NodePtr makeIntervals(const Expr& expr, Nodes& args) {
  switch (expr.op) {
    case Op::add:
      return std::make_unique<ValueBinary<sumOfIntervals>>(args);
    case Op::subtract:
      return std::make_unique<ValueBinary<differenceOfIntervals>>(args);
    case Op::multiply:
      return std::make_unique<ValueBinary<intervalTimes>>(args);
    case Op::divide:
      return std::make_unique<ValueBinary<intervalOver>>(args);
    default:
      FACET_ASSERT(expr.op == Op::negate, static_cast<int>(expr.op));
      return makeStrict(expr, std::move(args), negateInterval);
  }
}

}  // namespace

NodePtr makeArithmetic(const Expr& expr, Nodes args) {
  switch (expr.type.kind) {
    case Kind::int16:
      return makeInteger<int16_t>(expr, args);
    case Kind::int32:
      return makeInteger<int32_t>(expr, args);
    case Kind::int64:
      return makeInteger<int64_t>(expr, args);
    case Kind::float32:
      return makeFloatArithmetic<float>(expr, args);
    case Kind::float64:
      return makeFloatArithmetic<double>(expr, args);
    case Kind::interval:
      return makeIntervals(expr, args);
    default:
      FACET_ASSERT(expr.type.kind == Kind::numeric, static_cast<int>(expr.type.kind));
      return makeNumeric(expr, args);
  }
}

}  // namespace facet
