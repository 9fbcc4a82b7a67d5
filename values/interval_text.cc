// Intervals as text, in PostgreSQL's IntervalStyle "postgres", and from text.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "values/datetime.h"
#include "values/text_scan.h"

namespace facet {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int kDaysPerMonth = 30;

/// A number before a unit: both parts carry the sign.
struct Amount {
  int64_t whole = 0;
  double fraction = 0;
};

/// Sums the fields; wide enough that no sum of a few fields overflows.
class IntervalSum {
 public:
  /// False: the unit is no part of an interval, or was there before.
  bool add(Amount amount, TimeUnit unit) {
    if (!isTruncUnit(unit) || unit == TimeUnit::quarter) return false;
    const unsigned bit = 1U << static_cast<unsigned>(unit);
    if ((seen_ & bit) != 0) return false;
    seen_ |= bit;
    switch (unit) {
      case TimeUnit::millennium:
        addYears(amount, 1000);
        return true;
      case TimeUnit::century:
        addYears(amount, 100);
        return true;
      case TimeUnit::decade:
        addYears(amount, 10);
        return true;
      case TimeUnit::year:
        addYears(amount, 1);
        return true;
      case TimeUnit::month:
        months_ += amount.whole;
        addDays(amount.fraction * kDaysPerMonth);
        return true;
      case TimeUnit::week:
        days_ += static_cast<int128>(amount.whole) * 7;
        addDays(amount.fraction * 7);
        return true;
      case TimeUnit::day:
        days_ += amount.whole;
        addFractionalMicros(amount.fraction * static_cast<double>(kMicrosPerDay));
        return true;
      default:
        addTime(amount, unit);
        return true;
    }
  }

  /// For hours:minutes:seconds. False: one of them was there before.
  bool addTimeOfDay() {
    unsigned bits = 0;
    for (const TimeUnit unit : {TimeUnit::hour, TimeUnit::minute, TimeUnit::second,
                                TimeUnit::milliseconds, TimeUnit::microseconds}) {
      bits |= 1U << static_cast<unsigned>(unit);
    }
    if ((seen_ & bits) != 0) return false;
    seen_ |= bits;
    return true;
  }
  void addMicros(int128 micros) { micros_ += micros; }
  void negate() {
    months_ = -months_;
    days_ = -days_;
    micros_ = -micros_;
  }

  std::optional<Interval> result() const {
    constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
    constexpr int64_t kMaxMicros = std::numeric_limits<int64_t>::max();
    if (months_ > kMax || months_ < -kMax - int128{1}) return std::nullopt;
    if (days_ > kMax || days_ < -kMax - int128{1}) return std::nullopt;
    if (micros_ > kMaxMicros || micros_ < -kMaxMicros - int128{1}) return std::nullopt;
    return Interval{static_cast<int64_t>(micros_), static_cast<int32_t>(days_),
                    static_cast<int32_t>(months_)};
  }

 private:
  void addYears(Amount amount, int64_t years) {
    months_ += static_cast<int128>(amount.whole) * years * 12;
    months_ += static_cast<int64_t>(std::rint(amount.fraction * static_cast<double>(years * 12)));
  }
  /// Whole days, and the rest as time.
  void addDays(double days) {
    const double whole = std::trunc(days);
    days_ += static_cast<int64_t>(whole);
    addFractionalMicros((days - whole) * static_cast<double>(kMicrosPerDay));
  }
  void addFractionalMicros(double micros) {
    const double whole = std::trunc(micros);
    const double rest = micros - whole;
    micros_ += static_cast<int64_t>(whole);
    if (rest > 0.5) ++micros_;
    if (rest < -0.5) --micros_;
  }
  void addTime(Amount amount, TimeUnit unit) {
    int64_t length = 1;
    if (unit == TimeUnit::milliseconds) length = 1000;
    if (unit == TimeUnit::second) length = kMicrosPerSecond;
    if (unit == TimeUnit::minute) length = kMicrosPerMinute;
    if (unit == TimeUnit::hour) length = kMicrosPerHour;
    micros_ += static_cast<int128>(amount.whole) * length;
    addFractionalMicros(amount.fraction * static_cast<double>(length));
  }

  int128 months_ = 0;
  int128 days_ = 0;
  int128 micros_ = 0;
  unsigned seen_ = 0;
};

class IntervalParser {
 public:
  explicit IntervalParser(std::string_view text) : scan_(trimBlanks(text)) {}

  std::optional<Interval> parse() {
    const bool ok = scan_.at('P') ? parseIso() : parseFields();
    return ok ? sum_.result() : std::nullopt;
  }

 private:
  bool parseFields() {
    bool any = false;
    while (true) {
      scan_.takeWhile([](char c) { return isBlank(c) || c == '@'; });
      if (scan_.done()) return any;
      if (isLetter(scan_.peek())) {
        if (!any || !equalsIgnoringCase(scan_.takeWhile(isLetter), "ago")) return false;
        sum_.negate();
        scan_.skipBlanks();
        return scan_.done();
      }
      if (!parseField() || !(scan_.done() || isBlank(scan_.peek()))) return false;
      any = true;
    }
  }

  /// '3 days', '04:05:06', '1-2', or a bare number: days before a time, else seconds.
  bool parseField() {
    bool negative = false;
    if (scan_.at('-') || scan_.at('+')) negative = scan_.next() == '-';
    const auto amount = parseAmount(negative);
    if (!amount) return false;
    if (scan_.at(':')) return parseTime(*amount, negative);
    if (scan_.at('-') && amount->fraction == 0) return parseYearsAndMonths(*amount, negative);
    scan_.skipBlanks();
    if (scan_.done()) return sum_.add(*amount, TimeUnit::second);
    if (!isLetter(scan_.peek())) return isBeforeTime() && sum_.add(*amount, TimeUnit::day);
    const auto unit = parseTimeUnit(scan_.takeWhile(isLetter));
    return unit && sum_.add(*amount, *unit);
  }

  /// Whether the next field is a time, and blanks are between.
  bool isBeforeTime() const {
    TextScan ahead = scan_;
    if (ahead.at('-') || ahead.at('+')) ahead.next();
    return !ahead.takeWhile(isDigit).empty() && ahead.at(':');
  }

  std::optional<Amount> parseAmount(bool negative) {
    const std::string_view digits = scan_.takeWhile(isDigit);
    Amount out;
    if (!digits.empty()) {
      const auto end = digits.data() + digits.size();
      if (std::from_chars(digits.data(), end, out.whole).ec != std::errc()) return std::nullopt;
    }
    if (scan_.at('.')) {
      const std::string_view point = scan_.rest();
      scan_.next();
      const size_t length = scan_.takeWhile(isDigit).size();
      if (length == 0) return std::nullopt;
      std::from_chars(point.data(), point.data() + 1 + length, out.fraction);
    } else if (digits.empty()) {
      return std::nullopt;
    }
    if (negative) out = {-out.whole, -out.fraction};
    return out;
  }

  /// hours:minutes[:seconds[.fraction]]; the hours have been taken.
  bool parseTime(Amount hours, bool negative) {
    if (hours.fraction != 0 || !sum_.addTimeOfDay()) return false;
    scan_.next();
    if (!scan_.atDigit()) return false;
    const auto minutes = parseAmount(negative);
    Amount seconds;
    if (!minutes || minutes->fraction != 0) return false;
    if (scan_.take(':')) {
      if (!scan_.atDigit()) return false;
      const auto parsed = parseAmount(negative);
      if (!parsed) return false;
      seconds = *parsed;
    }
    if (std::abs(minutes->whole) > 59 || std::abs(seconds.whole) > 60) return false;
    const auto micros = static_cast<int64_t>(std::rint(seconds.fraction * 1e6));
    sum_.addMicros(hours.whole * int128{kMicrosPerHour} + minutes->whole * kMicrosPerMinute +
                   seconds.whole * kMicrosPerSecond + micros);
    return true;
  }

  bool parseYearsAndMonths(Amount years, bool negative) {
    scan_.next();
    const auto months = parseAmount(negative);
    if (!months || months->fraction != 0 || std::abs(months->whole) > 11) return false;
    if (!scan_.done() && !isBlank(scan_.peek())) return false;
    return sum_.add(years, TimeUnit::year) && sum_.add(*months, TimeUnit::month);
  }

  /// P1Y2M3W4DT5H6M7.8S
  bool parseIso() {
    scan_.next();
    bool inTime = false;
    bool any = false;
    while (!scan_.done()) {
      if (scan_.take('T')) {
        if (inTime) return false;
        inTime = true;
        continue;
      }
      const bool negative = scan_.take('-');
      const auto amount = parseAmount(negative);
      if (!amount || scan_.done()) return false;
      const auto unit = isoUnit(scan_.next(), inTime);
      if (!unit || !sum_.add(*amount, *unit)) return false;
      any = true;
    }
    return any;
  }

  static std::optional<TimeUnit> isoUnit(char letter, bool inTime) {
    switch (letter) {
      case 'H':
        return inTime ? std::optional(TimeUnit::hour) : std::nullopt;
      case 'S':
        return inTime ? std::optional(TimeUnit::second) : std::nullopt;
      case 'M':
        return inTime ? TimeUnit::minute : TimeUnit::month;
      case 'Y':
        return inTime ? std::nullopt : std::optional(TimeUnit::year);
      case 'W':
        return inTime ? std::nullopt : std::optional(TimeUnit::week);
      case 'D':
        return inTime ? std::nullopt : std::optional(TimeUnit::day);
      default:
        return std::nullopt;
    }
  }

  TextScan scan_;
  IntervalSum sum_;
};

/// Writes the fields of an interval; after a negative one, a positive one shows its sign.
class IntervalWriter {
 public:
  void part(int64_t value, std::string_view unit) {
    if (value == 0) return;
    fmt::format_to(std::back_inserter(out_), "{}{}{} {}{}", out_.empty() ? "" : " ",
                   afterNegative_ && value > 0 ? "+" : "", value, unit, value != 1 ? "s" : "");
    afterNegative_ = value < 0;
  }

  std::string time(int64_t micros) {
    if (micros == 0 && !out_.empty()) return out_;
    const uint64_t magnitude =
        micros < 0 ? -static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
    const char* sign = micros < 0 ? "-" : afterNegative_ ? "+" : "";
    fmt::format_to(std::back_inserter(out_), "{}{}{:02}:{:02}:{:02}", out_.empty() ? "" : " ", sign,
                   magnitude / kMicrosPerHour, magnitude / kMicrosPerMinute % 60,
                   magnitude / kMicrosPerSecond % 60);
    appendFraction(out_, static_cast<int64_t>(magnitude % kMicrosPerSecond));
    return out_;
  }

 private:
  std::string out_;
  bool afterNegative_ = false;
};

}  // namespace

std::string formatInterval(Interval interval) {
  IntervalWriter writer;
  writer.part(interval.months / 12, "year");
  writer.part(interval.months % 12, "mon");
  writer.part(interval.days, "day");
  return writer.time(interval.micros);
}

std::optional<Interval> parseInterval(std::string_view text) {
  return IntervalParser(text).parse();
}

}  // namespace facet
