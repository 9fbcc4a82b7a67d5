// Dates and times: days and microseconds since 1970-01-01 UTC, proleptic Gregorian calendar, in
// PostgreSQL's ranges and text forms (DateStyle ISO). Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "values/value.h"

namespace facet {

constexpr int64_t kMicrosPerDay = 86'400'000'000;
/// PostgreSQL's ranges, from 4714-11-24 BC: dates to 5874897-12-31, timestamps to the end of 294246
/// (PostgreSQL counts from 2000 and reaches 30 years further).
constexpr int64_t kMinDate = -2440588;
constexpr int64_t kMaxDate = 2145042905;
constexpr int64_t kMinTimestamp = -210866803200000000;
constexpr int64_t kMaxTimestamp = 9223371244799999999;

constexpr bool isDate(int64_t days) {
  return days >= kMinDate && days <= kMaxDate;
}
constexpr bool isTimestamp(int64_t micros) {
  return micros >= kMinTimestamp && micros <= kMaxTimestamp;
}

struct CivilDate {
  int64_t year;  // astronomical: 0 is 1 BC
  int month;     // 1..12
  int day;       // 1..31
};
CivilDate civilFromDays(int64_t days);
int64_t daysFromCivil(CivilDate date);
/// Month from 1.
int daysInMonth(int64_t year, int month);

std::string formatDate(int64_t days);                        // 2017-11-08
std::string formatTimestamp(int64_t micros, bool withZone);  // 2017-11-08 10:00:00.5[+00]
std::string formatInterval(Interval interval);               // 1 mon 2 days 03:04:05
/// Appends ".5" for 500,000 microseconds, and nothing for 0.
void appendFraction(std::string& out, int64_t micros);
/// ISO forms, the US form 11/8/2017 (month first), and month names, as PostgreSQL's default
/// DateStyle "ISO, MDY" takes them; a time after a date is checked and ignored. Not taken: 'now',
/// 'today', 'infinity' and the like, Julian days, names of time zones other than UTC, GMT and Z.
std::optional<int64_t> parseDate(std::string_view text);
/// A time zone after a timestamp without time zone is checked and ignored, as in PostgreSQL.
std::optional<int64_t> parseTimestamp(std::string_view text);
/// Whether it is a date and time with a time zone.
bool hasTimeZone(std::string_view text);
/// The time zone counts; without one it is UTC.
std::optional<int64_t> parseTimestampTz(std::string_view text);
/// '1 year 2 mons -3 days 04:05:06.7', with '@' and 'ago', '1-2' (years and months), and ISO 8601
/// ('P1Y2DT3H').
std::optional<Interval> parseInterval(std::string_view text);

/// date_trunc: unit is one of microseconds … millennium (nullopt: no such unit).
enum class TimeUnit : uint8_t {
  microseconds,
  milliseconds,
  second,
  minute,
  hour,
  day,
  week,
  month,
  quarter,
  year,
  decade,
  century,
  millennium,
  dow,
  isodow,
  doy,
  isoyear,
  epoch,
  julian,
};
std::optional<TimeUnit> parseTimeUnit(std::string_view name);
/// Whether date_trunc takes it.
bool isTruncUnit(TimeUnit unit);
/// At the very beginning of the range the result can be below kMinTimestamp (isTimestamp);
/// PostgreSQL then reports timestampOutOfRange.
int64_t truncTimestamp(TimeUnit unit, int64_t micros);
/// extract(unit FROM value): numeric with PostgreSQL's scale (seconds and epoch of a timestamp: 6).
/// A unit that the type does not have (hours of a date, weeks of an interval) is invalidArgument.
Value extractFromTimestamp(TimeUnit unit, int64_t micros);
Value extractFromDate(TimeUnit unit, int64_t days);
Value extractFromInterval(TimeUnit unit, Interval interval);
/// A date at midnight, as a timestamp. Errors: timestampOutOfRange.
Value timestampFromDate(int64_t days);
/// The day of a timestamp.
int64_t dateFromTimestamp(int64_t micros);
/// timestamp ± interval: months first (to the last day of a shorter month), then days, then the
/// time. Errors: timestampOutOfRange.
Value addInterval(int64_t micros, Interval interval, bool negate);

}  // namespace facet
