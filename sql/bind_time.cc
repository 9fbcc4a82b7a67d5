// Binds what time expressions need beside their overloads: the time of a query, and AT TIME ZONE.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "sql/bind_expr.h"
#include "sql/overloads.h"
#include "values/datetime.h"

namespace facet {

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

/// A keyword that is a time: SVFOP_CURRENT_TIMESTAMP_N is current_timestamp(n).
struct Clock {
  std::string_view op;
  std::string_view name;
  Kind kind;  // null: facet has no such type
};
constexpr Clock kClocks[] = {
    {"SVFOP_CURRENT_DATE", "current_date", Kind::date},
    {"SVFOP_CURRENT_TIMESTAMP", "current_timestamp", Kind::timestamptz},
    {"SVFOP_LOCALTIMESTAMP", "localtimestamp", Kind::timestamp},
    {"SVFOP_CURRENT_TIME", "current_time", Kind::null},
    {"SVFOP_LOCALTIME", "localtime", Kind::null},
};
constexpr std::string_view kWithDigits = "_N";

/// To so many digits of a second; half a unit goes up.
int64_t rounded(int64_t micros, int64_t digits) {
  int64_t unit = 1;
  for (int64_t d = digits; d < 6; ++d) unit *= 10;
  return (micros + unit / 2) / unit * unit;
}

/// A number of `most` at most, from the front of a text.
std::optional<int64_t> takeNumber(std::string_view& text, int64_t most) {
  size_t digits = 0;
  int64_t out = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    out = out * 10 + (text[digits] - '0');
    if (out > most) return std::nullopt;
  }
  text.remove_prefix(digits);
  return digits == 0 ? std::nullopt : std::optional(out);
}

bool isLetter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Seconds east of UTC of '+02', 'UTC-5:30' and the like, which are POSIX's: what is ahead of
/// Greenwich has a minus.
std::optional<int64_t> posixOffset(std::string_view zone) {
  constexpr int64_t kMostHours = 167;  // a week: PostgreSQL's bound
  while (!zone.empty() && isLetter(zone.front())) zone.remove_prefix(1);
  if (zone.empty()) return std::nullopt;
  const bool minus = zone.front() == '-';
  if (minus || zone.front() == '+') zone.remove_prefix(1);
  int64_t seconds = 0;
  int64_t unit = 3'600;
  for (const int64_t most : {kMostHours, int64_t{59}, int64_t{60}}) {
    const auto number = takeNumber(zone, most);
    if (!number) return std::nullopt;
    seconds += *number * unit;
    unit /= 60;
    if (zone.empty()) return minus ? seconds : -seconds;
    if (zone.front() != ':') return std::nullopt;
    zone.remove_prefix(1);
  }
  return std::nullopt;
}

/// Seconds east of UTC.
std::optional<int64_t> offsetOf(std::string_view zone) {
  static constexpr std::array<std::string_view, 7> kZero = {"utc", "gmt", "z",      "zulu",
                                                            "uct", "ut",  "etc/utc"};
  std::string lower(zone);
  for (char& c : lower) c = isLetter(c) ? static_cast<char>(c | 0x20) : c;
  if (std::find(kZero.begin(), kZero.end(), lower) != kZero.end()) return 0;
  return posixOffset(zone);
}

/// Seconds east of UTC that a constant time zone has: a text, or an interval.
int64_t zoneSeconds(const Source& source, const Expr& zone) {
  if (zone.type.kind == Kind::interval) {
    const Interval interval = zone.value.asInterval();
    if (interval.months != 0 || interval.days != 0) {
      source.fail(zone.location,
                  fmt::format("interval time zone \"{}\" must not include months or days",
                              formatInterval(interval)));
    }
    return interval.micros / kMicrosPerSecond;
  }
  const auto seconds = offsetOf(zone.value.asText());
  if (!seconds) {
    source.fail(zone.location,
                fmt::format("time zone \"{}\" is not supported", zone.value.asText()),
                "rules of places differ between machines, and all nodes must agree: use 'UTC', an "
                "offset (INTERVAL '2 hours' is ahead of UTC; '-02', by POSIX, too), or let the "
                "command carry the local time");
  }
  return *seconds;
}

}  // namespace

[[noreturn]] void ExprBinder::failClock(std::string_view name, int location) const {
  source_.fail(location,
               fmt::format("{} cannot be used here: what facet computes is a function of the log, "
                           "not of the clock",
                           name),
               "use _time, the commit time of the event, or a field that the command carries; in "
               "a query (facet sql) it can be used");
}

ExprPtr ExprBinder::bindNow(Kind kind, std::string_view name, int64_t digits, int location) const {
  if (given_ == nullptr || !given_->now) failClock(name, location);
  const int64_t micros = rounded(*given_->now, std::min<int64_t>(digits, 6));
  const int64_t value = kind == Kind::date ? dateFromTimestamp(micros) : micros;
  return makeConstant(Type::of(kind), Value::integer(kind, value), location);
}

ExprPtr ExprBinder::bindValueFunction(const SyntaxNode& node) {
  const std::string_view op = node.text("op");
  const bool withDigits = op.ends_with(kWithDigits);
  const std::string_view plain = withDigits ? op.substr(0, op.size() - kWithDigits.size()) : op;
  for (const Clock& clock : kClocks) {
    if (clock.op != plain) continue;
    if (clock.kind == Kind::null) {
      source_.fail(node.location(), fmt::format("{} is not supported", clock.name),
                   "facet has no time without a date: use current_timestamp, in a query");
    }
    return bindNow(clock.kind, clock.name, withDigits ? node.number("typmod") : 6, node.location());
  }
  source_.fail(node.location(),
               "the current user cannot be used: what facet computes is a function of the log",
               "let the command carry the value");
}

/// x AT TIME ZONE zone: the zone's offset is added to a timestamptz, whose result is a timestamp
/// there, and taken from a timestamp, that is one there. args: the zone, and the time.
ExprPtr ExprBinder::bindTimeZone(Kind result, const std::vector<ExprPtr>& args,
                                 int location) const {
  const Expr& zone = *args[0];
  if (zone.op != Op::constant) {
    source_.fail(leftmostLocation(zone), "a time zone must be a constant",
                 "write AT TIME ZONE 'UTC', for example");
  }
  if (zone.value.isNull()) return makeConstant(Type::of(result), Value::null(), location);
  const int64_t east = zoneSeconds(source_, zone);
  const ExprPtr time = convert(source_, args[1], result);
  if (east == 0) return time;
  const int64_t seconds = result == Kind::timestamp ? east : -east;
  const ExprPtr shift = makeConstant(
      Type::of(Kind::interval), Value::interval({seconds * kMicrosPerSecond, 0, 0}), zone.location);
  return makeNode(Op::timestampAddInterval, Type::of(result), {time, shift}, location);
}

}  // namespace facet
