// Dates and timestamps from text: fields in any order, as PostgreSQL's ParseDateTime and
// DecodeDateTime take them with DateStyle "ISO, MDY".
#include <charconv>
#include <cmath>

#include "values/datetime.h"
#include "values/text_scan.h"

namespace facet {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr size_t kMaxNumberLength = 9;  // so that a number fits in 32 bits

constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kWeekDays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                          "thursday", "friday", "saturday"};

/// The full name, or its first three letters.
template <size_t N>
int indexOfName(const std::string_view (&names)[N], std::string_view word) {
  for (size_t i = 0; i < N; ++i) {
    const bool isShort = word.size() == 3 && equalsIgnoringCase(word, names[i].substr(0, 3));
    if (isShort || equalsIgnoringCase(word, names[i])) return static_cast<int>(i);
  }
  return -1;
}

std::optional<int> toNumber(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxNumberLength) return std::nullopt;
  int out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

/// ".25" as microseconds, rounded to even like rint; the scan is at the point.
int64_t takeFraction(TextScan& scan) {
  const std::string_view point = scan.rest();
  scan.next();
  const size_t length = 1 + scan.takeWhile(isDigit).size();
  if (length == 1) return 0;
  double fraction = 0;
  std::from_chars(point.data(), point.data() + length, fraction);
  return static_cast<int64_t>(std::rint(fraction * 1e6));
}

class DateTimeParser {
 public:
  explicit DateTimeParser(std::string_view text) : scan_(text) {}

  /// False: not a date and time.
  bool parse() {
    while (true) {
      scan_.takeWhile([](char c) { return isBlank(c) || c == ','; });
      if (scan_.done()) return finish();
      if (!parseField()) return false;
    }
  }

  int64_t days() const { return daysFromCivil({year_, month_, day_}); }
  bool isInRange() const { return isDate(days()); }
  /// Local time as if it were UTC, and the zone's distance from UTC.
  int128 micros() const { return static_cast<int128>(days()) * kMicrosPerDay + time_; }
  int64_t zone() const { return zone_; }
  bool hasZone() const { return hasZone_; }

 private:
  bool parseField() {
    if (isLetter(scan_.peek())) return parseWord(scan_.takeWhile(isLetter));
    if (scan_.at('+') || scan_.at('-')) return parseZone();
    if (!scan_.atDigit()) return false;
    const std::string_view digits = scan_.takeWhile(isDigit);
    if (scan_.at(':')) return parseTime(digits);
    if (scan_.at('-') || scan_.at('/') || scan_.at('.')) return parseDateParts(digits);
    return parsePlainNumber(digits);
  }

  bool parseWord(std::string_view word) {
    if (equalsIgnoringCase(word, "t")) return hasDate() && !hasTime_ && scan_.atDigit();
    if (scan_.atDigit()) return false;
    if (equalsIgnoringCase(word, "bc") || equalsIgnoringCase(word, "ad")) {
      if (hasEra_) return false;
      hasEra_ = true;
      beforeChrist_ = equalsIgnoringCase(word, "bc");
      return true;
    }
    if (equalsIgnoringCase(word, "am") || equalsIgnoringCase(word, "pm")) {
      return parseHalfOfDay(equalsIgnoringCase(word, "pm"));
    }
    if (equalsIgnoringCase(word, "z") || equalsIgnoringCase(word, "utc") ||
        equalsIgnoringCase(word, "gmt")) {
      if (!hasTime_ || hasZone_) return false;
      hasZone_ = true;
      return true;
    }
    const int month = equalsIgnoringCase(word, "sept") ? 8 : indexOfName(kMonths, word);
    if (month >= 0) return setMonth(month + 1);
    return indexOfName(kWeekDays, word) >= 0;
  }

  bool parseHalfOfDay(bool afternoon) {
    constexpr int64_t kHalf = kMicrosPerDay / 2;
    if (!hasTime_ || hasHalf_ || time_ >= kHalf + 3600 * kMicrosPerSecond) return false;
    hasHalf_ = true;
    if (time_ >= kHalf) time_ -= kHalf;  // 12:30 am is 00:30
    if (afternoon) time_ += kHalf;
    return true;
  }

  bool parseTime(std::string_view hourDigits) {
    if (hasTime_) return false;
    hasTime_ = true;
    const auto hour = toNumber(hourDigits);
    scan_.next();
    const auto minute = toNumber(scan_.takeWhile(isDigit));
    std::optional<int> second = 0;
    int64_t fraction = 0;
    if (scan_.take(':')) {
      second = toNumber(scan_.takeWhile(isDigit));
      if (scan_.at('.')) fraction = takeFraction(scan_);
    }
    if (!hour || !minute || !second || *hour > 24 || *minute > 59 || *second > 60) return false;
    if (*second == 60 && fraction > 0) return false;
    time_ = ((*hour * int64_t{60} + *minute) * 60 + *second) * kMicrosPerSecond + fraction;
    return *hour < 24 || time_ == kMicrosPerDay;
  }

  /// +02, -05:30, +0530, +01:00:30
  bool parseZone() {
    constexpr int kMaxZoneHours = 15;
    if (!hasTime_ || hasZone_) return false;
    hasZone_ = true;
    const bool west = scan_.next() == '-';
    const std::string_view digits = scan_.takeWhile(isDigit);
    auto hours = toNumber(digits);
    std::optional<int> minutes = 0;
    std::optional<int> seconds = 0;
    if (scan_.take(':')) {
      minutes = toNumber(scan_.takeWhile(isDigit));
      if (scan_.take(':')) seconds = toNumber(scan_.takeWhile(isDigit));
    } else if (digits.size() > 2) {
      if (digits.size() > 4) return false;
      minutes = *hours % 100;
      hours = *hours / 100;
    }
    if (!hours || !minutes || !seconds || *hours > kMaxZoneHours) return false;
    if (*minutes > 59 || *seconds > 59) return false;
    zone_ = ((*hours * int64_t{60} + *minutes) * 60 + *seconds) * kMicrosPerSecond;
    if (west) zone_ = -zone_;
    return true;
  }

  /// 2017-11-08, 11/8/2017, 8-Nov-2017: the digits before the first separator have been taken.
  bool parseDateParts(std::string_view first) {
    if (hasDay_ || hasYear_ || hasTime_) return false;
    const char separator = scan_.next();
    const std::string_view second =
        isLetter(scan_.peek()) ? scan_.takeWhile(isLetter) : scan_.takeWhile(isDigit);
    if (!scan_.take(separator)) return false;
    const std::string_view third = scan_.takeWhile(isDigit);
    const bool yearFirst = first.size() > 2;
    if (isLetter(second.empty() ? ' ' : second.front())) {
      const int month = indexOfName(kMonths, second);
      if (month < 0 || !setMonth(month + 1)) return false;
      return yearFirst ? setYear(first) && setDay(third) : setDay(first) && setYear(third);
    }
    if (second.size() > 2) return false;
    if (yearFirst) return setYear(first) && setMonth(toNumber(second)) && setDay(third);
    return setMonth(toNumber(first)) && setDay(second) && setYear(third);
  }

  bool parsePlainNumber(std::string_view digits) {
    if (digits.size() == 8 && !hasYear_ && !hasMonth_ && !hasDay_) {
      return setYear(digits.substr(0, 4)) && setMonth(toNumber(digits.substr(4, 2))) &&
             setDay(digits.substr(6));
    }
    if (digits.size() == 6 && !hasYear_ && !hasMonth_ && !hasDay_) {
      return setYear(digits.substr(0, 2)) && setMonth(toNumber(digits.substr(2, 2))) &&
             setDay(digits.substr(4));
    }
    if (digits.size() > 4) return false;
    if (hasMonth_ || digits.size() <= 2) {
      if (!hasDay_ && digits.size() <= 2) return setDay(digits);
      return !hasYear_ && setYear(digits);
    }
    return !hasYear_ && setYear(digits);
  }

  bool setYear(std::string_view digits) {
    const auto year = toNumber(digits);
    if (!year || hasYear_) return false;
    hasYear_ = true;
    twoDigits_ = digits.size() <= 2;
    year_ = *year;
    return true;
  }
  bool setMonth(std::optional<int> month) {
    if (!month || hasMonth_ || *month < 1 || *month > 12) return false;
    hasMonth_ = true;
    month_ = *month;
    return true;
  }
  bool setDay(std::string_view digits) {
    const auto day = toNumber(digits);
    if (!day || digits.size() > 2 || hasDay_ || *day < 1 || *day > 31) return false;
    hasDay_ = true;
    day_ = *day;
    return true;
  }

  bool hasDate() const { return hasYear_ && hasMonth_ && hasDay_; }

  bool finish() {
    if (!hasDate()) return false;
    if (beforeChrist_) {
      if (year_ == 0) return false;
      year_ = 1 - year_;
    } else if (twoDigits_) {
      year_ += year_ < 70 ? 2000 : 1900;
    } else if (year_ == 0) {
      return false;
    }
    return day_ <= daysInMonth(year_, month_);
  }

  TextScan scan_;
  int64_t year_ = 0;
  int month_ = 0;
  int day_ = 0;
  int64_t time_ = 0;
  int64_t zone_ = 0;
  bool hasYear_ = false;
  bool hasMonth_ = false;
  bool hasDay_ = false;
  bool hasTime_ = false;
  bool hasZone_ = false;
  bool hasHalf_ = false;
  bool hasEra_ = false;
  bool beforeChrist_ = false;
  bool twoDigits_ = false;
};

std::optional<int64_t> inTimestampRange(int128 micros) {
  if (micros < kMinTimestamp || micros > kMaxTimestamp) return std::nullopt;
  return static_cast<int64_t>(micros);
}

}  // namespace

std::optional<int64_t> parseDate(std::string_view text) {
  DateTimeParser parser(text);
  if (!parser.parse() || !parser.isInRange()) return std::nullopt;
  return parser.days();
}

std::optional<int64_t> parseTimestamp(std::string_view text) {
  DateTimeParser parser(text);
  if (!parser.parse()) return std::nullopt;
  return inTimestampRange(parser.micros());
}

bool hasTimeZone(std::string_view text) {
  DateTimeParser parser(text);
  return parser.parse() && parser.hasZone();
}

std::optional<int64_t> parseTimestampTz(std::string_view text) {
  DateTimeParser parser(text);
  if (!parser.parse()) return std::nullopt;
  return inTimestampRange(parser.micros() - parser.zone());
}

}  // namespace facet
