// Dates, timestamps and intervals. The calendar itself is values/datetime.h.
#include "sql/eval_node.h"

namespace facet {
namespace {

using Args = std::span<const Value>;

Value dateOrError(int128 days) {
  if (days < kMinDate || days > kMaxDate) return Value::error(ErrorCode::dateOutOfRange);
  return Value::integer(Kind::date, static_cast<int64_t>(days));
}

Value addDays(Args args, const CallSite&, Arena&) {
  return dateOrError(static_cast<int128>(args[0].asInt()) + args[1].asInt());
}
Value subtractDays(Args args, const CallSite&, Arena&) {
  return dateOrError(static_cast<int128>(args[0].asInt()) - args[1].asInt());
}
Value daysBetween(Args args, const CallSite&, Arena&) {
  return Value::integer(Kind::int32, args[0].asInt() - args[1].asInt());
}

/// The kind of the timestamp is kept: addInterval() knows only microseconds.
template <bool negate>
Value shiftTimestamp(Args args, const CallSite& site, Arena&) {
  Value out = addInterval(args[0].asInt(), args[1].asInterval(), negate);
  return out.isError() ? out : Value::integer(site.result.kind, out.asInt());
}

/// Days and the time that is left, both with the sign of the difference.
Value timeBetween(Args args, const CallSite&, Arena&) {
  int64_t micros = 0;
  if (__builtin_sub_overflow(args[0].asInt(), args[1].asInt(), &micros)) {
    return Value::error(ErrorCode::timestampOutOfRange);
  }
  return Value::interval({micros % kMicrosPerDay, static_cast<int32_t>(micros / kMicrosPerDay), 0});
}

Value extractPart(Args args, const CallSite& site, Arena&) {
  switch (args[0].kind()) {
    case Kind::date:
      return extractFromDate(site.unit, args[0].asInt());
    case Kind::interval:
      return extractFromInterval(site.unit, args[0].asInterval());
    default:
      return extractFromTimestamp(site.unit, args[0].asInt());
  }
}

/// make_date: a negative year is BC, there is no year 0; day and month are not carried over.
Value makeDate(Args args, const CallSite&, Arena&) {
  int64_t year = args[0].asInt();
  int64_t month = args[1].asInt();
  int64_t day = args[2].asInt();
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > 31) {
    return Value::error(ErrorCode::dateOutOfRange);
  }
  CivilDate date{year < 0 ? year + 1 : year, static_cast<int>(month), static_cast<int>(day)};
  int64_t days = daysFromCivil(date);
  if (civilFromDays(days).day != date.day) return Value::error(ErrorCode::dateOutOfRange);
  return dateOrError(days);
}

/// Only comparisons see what it gives for the dates that no timestamp has.
class DateAsTime final : public WordNode {
 public:
  DateAsTime(NodePtr arg, Kind kind) : WordNode(kind), arg_(std::move(arg)) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    if (!w.isValue()) return w;
    int64_t micros = 0;
    return {__builtin_mul_overflow(w.value, kMicrosPerDay, &micros) ? INT64_MAX : micros};
  }

 private:
  NodePtr arg_;
};

class DateTrunc final : public WordNode {
 public:
  DateTrunc(NodePtr arg, TimeUnit unit, Kind kind)
      : WordNode(kind), arg_(std::move(arg)), unit_(unit) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    if (!w.isValue()) return w;
    int64_t micros = truncTimestamp(unit_, w.value);
    if (micros < kMinTimestamp) return Word::error(ErrorCode::timestampOutOfRange);
    return {micros};
  }

 private:
  NodePtr arg_;
  TimeUnit unit_;
};

}  // namespace

NodePtr makeTime(const Expr& expr, Nodes args) {
  switch (expr.op) {
    case Op::dateAddDays:
      return makeStrict(expr, std::move(args), addDays);
    case Op::dateSubtractDays:
      return makeStrict(expr, std::move(args), subtractDays);
    case Op::dateDifference:
      return makeStrict(expr, std::move(args), daysBetween);
    case Op::timestampAddInterval:
      return makeStrict(expr, std::move(args), shiftTimestamp<false>);
    case Op::timestampSubtractInterval:
      return makeStrict(expr, std::move(args), shiftTimestamp<true>);
    case Op::timestampDifference:
      return makeStrict(expr, std::move(args), timeBetween);
    case Op::dateTrunc:
      return std::make_unique<DateTrunc>(std::move(args[0]), expr.unit, expr.type.kind);
    case Op::extract:
      return makeStrict(expr, std::move(args), extractPart);
    case Op::dateAsTime:
      return std::make_unique<DateAsTime>(std::move(args[0]), expr.type.kind);
    default:
      FACET_ASSERT(expr.op == Op::makeDate, static_cast<int>(expr.op));
      return makeStrict(expr, std::move(args), makeDate);
  }
}

}  // namespace facet
