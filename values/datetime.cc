// The calendar, and dates and timestamps as text. See H. Hinnant, "chrono-compatible low-level date
// algorithms".
#include "values/datetime.h"

#include <fmt/format.h>

#include <iterator>

namespace facet {
namespace {

constexpr int64_t kDaysPerEra = 146'097;   // 400 years
constexpr int64_t kDaysToEpoch = 719'468;  // from 0000-03-01 to 1970-01-01
constexpr int64_t kMicrosPerSecond = 1'000'000;

int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

void appendDate(std::string& out, const CivilDate& date) {
  const int64_t year = date.year > 0 ? date.year : 1 - date.year;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", year, date.month, date.day);
}

void appendEra(std::string& out, const CivilDate& date) {
  if (date.year <= 0) out += " BC";
}

}  // namespace

CivilDate civilFromDays(int64_t days) {
  const int64_t shifted = days + kDaysToEpoch;
  const int64_t era = floorDivide(shifted, kDaysPerEra);
  const int64_t dayOfEra = shifted - era * kDaysPerEra;
  const int64_t yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const int64_t fromMarch = (5 * dayOfYear + 2) / 153;
  const auto month = static_cast<int>(fromMarch < 10 ? fromMarch + 3 : fromMarch - 9);
  const auto day = static_cast<int>(dayOfYear - (153 * fromMarch + 2) / 5 + 1);
  return {yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t daysFromCivil(CivilDate date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = floorDivide(year, 400);
  const int64_t yearOfEra = year - era * 400;
  const int64_t fromMarch = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t dayOfYear = (153 * fromMarch + 2) / 5 + date.day - 1;
  return era * kDaysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear -
         kDaysToEpoch;
}

int daysInMonth(int64_t year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

std::string formatDate(int64_t days) {
  const CivilDate date = civilFromDays(days);
  std::string out;
  appendDate(out, date);
  appendEra(out, date);
  return out;
}

std::string formatTimestamp(int64_t micros, bool withZone) {
  const int64_t days = dateFromTimestamp(micros);
  const int64_t time = micros - days * kMicrosPerDay;
  const CivilDate date = civilFromDays(days);
  std::string out;
  appendDate(out, date);
  const int64_t seconds = time / kMicrosPerSecond;
  fmt::format_to(std::back_inserter(out), " {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
  appendFraction(out, time % kMicrosPerSecond);
  if (withZone) out += "+00";
  appendEra(out, date);
  return out;
}

void appendFraction(std::string& out, int64_t micros) {
  if (micros == 0) return;
  fmt::format_to(std::back_inserter(out), ".{:06}", micros);
  out.erase(out.find_last_not_of('0') + 1);
}

Value timestampFromDate(int64_t days) {
  if (days > kMaxTimestamp / kMicrosPerDay) return Value::error(ErrorCode::timestampOutOfRange);
  return Value::integer(Kind::timestamp, days * kMicrosPerDay);
}

int64_t dateFromTimestamp(int64_t micros) {
  return floorDivide(micros, kMicrosPerDay);
}

Value addInterval(int64_t micros, Interval interval, bool negate) {
  const int64_t sign = negate ? -1 : 1;
  int64_t days = dateFromTimestamp(micros);
  const int64_t time = micros - days * kMicrosPerDay;
  if (interval.months != 0) {
    CivilDate date = civilFromDays(days);
    const int64_t months = date.year * 12 + date.month - 1 + sign * interval.months;
    date.year = floorDivide(months, 12);
    date.month = static_cast<int>(months - date.year * 12) + 1;
    date.day = std::min(date.day, daysInMonth(date.year, date.month));
    days = daysFromCivil(date);
  }
  const int128 sum = static_cast<int128>(days + sign * interval.days) * kMicrosPerDay + time +
                     static_cast<int128>(sign) * interval.micros;
  if (sum < kMinTimestamp || sum > kMaxTimestamp) {
    return Value::error(ErrorCode::timestampOutOfRange);
  }
  return Value::integer(Kind::timestamp, static_cast<int64_t>(sum));
}

}  // namespace facet
