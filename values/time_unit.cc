// date_trunc and extract: the parts of dates, timestamps and intervals.
#include <utility>

#include "values/datetime.h"
#include "values/numeric.h"
#include "values/text_scan.h"

namespace facet {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kJulianEpoch = 2'440'588;  // Julian day of 1970-01-01
constexpr uint8_t kMicrosScale = 6;

/// Names that PostgreSQL knows, with their short forms.
constexpr std::pair<std::string_view, TimeUnit> kUnitNames[] = {
    {"microseconds", TimeUnit::microseconds},
    {"microsecond", TimeUnit::microseconds},
    {"microsecon", TimeUnit::microseconds},
    {"us", TimeUnit::microseconds},
    {"usec", TimeUnit::microseconds},
    {"usecond", TimeUnit::microseconds},
    {"useconds", TimeUnit::microseconds},
    {"usecs", TimeUnit::microseconds},
    {"milliseconds", TimeUnit::milliseconds},
    {"millisecond", TimeUnit::milliseconds},
    {"millisecon", TimeUnit::milliseconds},
    {"ms", TimeUnit::milliseconds},
    {"msec", TimeUnit::milliseconds},
    {"msecond", TimeUnit::milliseconds},
    {"mseconds", TimeUnit::milliseconds},
    {"msecs", TimeUnit::milliseconds},
    {"second", TimeUnit::second},
    {"seconds", TimeUnit::second},
    {"sec", TimeUnit::second},
    {"secs", TimeUnit::second},
    {"s", TimeUnit::second},
    {"minute", TimeUnit::minute},
    {"minutes", TimeUnit::minute},
    {"min", TimeUnit::minute},
    {"mins", TimeUnit::minute},
    {"m", TimeUnit::minute},
    {"hour", TimeUnit::hour},
    {"hours", TimeUnit::hour},
    {"hr", TimeUnit::hour},
    {"hrs", TimeUnit::hour},
    {"h", TimeUnit::hour},
    {"day", TimeUnit::day},
    {"days", TimeUnit::day},
    {"d", TimeUnit::day},
    {"week", TimeUnit::week},
    {"weeks", TimeUnit::week},
    {"w", TimeUnit::week},
    {"month", TimeUnit::month},
    {"months", TimeUnit::month},
    {"mon", TimeUnit::month},
    {"mons", TimeUnit::month},
    {"quarter", TimeUnit::quarter},
    {"qtr", TimeUnit::quarter},
    {"year", TimeUnit::year},
    {"years", TimeUnit::year},
    {"yr", TimeUnit::year},
    {"yrs", TimeUnit::year},
    {"y", TimeUnit::year},
    {"decade", TimeUnit::decade},
    {"decades", TimeUnit::decade},
    {"dec", TimeUnit::decade},
    {"decs", TimeUnit::decade},
    {"century", TimeUnit::century},
    {"centuries", TimeUnit::century},
    {"cent", TimeUnit::century},
    {"c", TimeUnit::century},
    {"millennium", TimeUnit::millennium},
    {"millennia", TimeUnit::millennium},
    {"dow", TimeUnit::dow},
    {"isodow", TimeUnit::isodow},
    {"doy", TimeUnit::doy},
    {"isoyear", TimeUnit::isoyear},
    {"epoch", TimeUnit::epoch},
    {"julian", TimeUnit::julian},
    {"mil", TimeUnit::millennium},
    {"mils", TimeUnit::millennium},
};

Value whole(int64_t value) {
  return Value::numeric(value, 0);
}
Value unsupported() {
  return Value::error(ErrorCode::invalidArgument);
}

/// 0 is Sunday.
int64_t dayOfWeek(int64_t days) {
  return ((days + 4) % 7 + 7) % 7;
}
int64_t isoDayOfWeek(int64_t days) {
  return (dayOfWeek(days) + 6) % 7 + 1;
}
/// The year that the ISO week of the day belongs to: its Thursday's.
int64_t isoYear(int64_t days) {
  return civilFromDays(days - isoDayOfWeek(days) + 4).year;
}
int64_t firstDay(int64_t year) {
  return daysFromCivil({year, 1, 1});
}

int64_t isoWeek(int64_t days) {
  const int64_t thursday = days - isoDayOfWeek(days) + 4;
  return (thursday - firstDay(civilFromDays(thursday).year)) / 7 + 1;
}

/// Year 0 is 1 BC, which PostgreSQL counts as -1.
int64_t shownYear(int64_t year) {
  return year > 0 ? year : year - 1;
}
int64_t decadeOf(int64_t year) {
  return year >= 0 ? year / 10 : -((8 - (year - 1)) / 10);
}
/// Centuries and millennia count from 1, and there is no 0.
int64_t eraOf(int64_t year, int64_t length) {
  return year > 0 ? (year + length - 1) / length : -((length - 1 - (year - 1)) / length);
}
/// First year of the century or millennium.
int64_t eraStart(int64_t year, int64_t length) {
  const int64_t era = eraOf(year, length);
  return era > 0 ? era * length - (length - 1) : era * length + 1;
}

int64_t truncDate(TimeUnit unit, int64_t days) {
  const CivilDate date = civilFromDays(days);
  switch (unit) {
    case TimeUnit::week:
      return days - isoDayOfWeek(days) + 1;
    case TimeUnit::month:
      return daysFromCivil({date.year, date.month, 1});
    case TimeUnit::quarter:
      return daysFromCivil({date.year, (date.month - 1) / 3 * 3 + 1, 1});
    case TimeUnit::year:
      return firstDay(date.year);
    case TimeUnit::decade:
      return firstDay(decadeOf(date.year) * 10);
    case TimeUnit::century:
      return firstDay(eraStart(date.year, 100));
    case TimeUnit::millennium:
      return firstDay(eraStart(date.year, 1000));
    default:
      return days;
  }
}

/// Length of a unit that divides a day; 0: it does not.
int64_t microsOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::microseconds:
      return 1;
    case TimeUnit::milliseconds:
      return 1000;
    case TimeUnit::second:
      return kMicrosPerSecond;
    case TimeUnit::minute:
      return 60 * kMicrosPerSecond;
    case TimeUnit::hour:
      return 3600 * kMicrosPerSecond;
    default:
      return 0;
  }
}

/// Seconds and less of a time of day, or of an interval's time.
Value extractTime(TimeUnit unit, int64_t time) {
  const int64_t inMinute = time % (60 * kMicrosPerSecond);
  switch (unit) {
    case TimeUnit::microseconds:
      return whole(inMinute);
    case TimeUnit::milliseconds:
      return Value::numeric(inMinute, 3);
    case TimeUnit::second:
      return Value::numeric(inMinute, kMicrosScale);
    case TimeUnit::minute:
      return whole(time / (60 * kMicrosPerSecond) % 60);
    default:
      return whole(time / (3600 * kMicrosPerSecond));
  }
}

}  // namespace

std::optional<TimeUnit> parseTimeUnit(std::string_view name) {
  for (const auto& [known, unit] : kUnitNames) {
    if (equalsIgnoringCase(name, known)) return unit;
  }
  return std::nullopt;
}

bool isTruncUnit(TimeUnit unit) {
  return unit <= TimeUnit::millennium;
}

int64_t truncTimestamp(TimeUnit unit, int64_t micros) {
  const int64_t days = dateFromTimestamp(micros);
  const int64_t time = micros - days * kMicrosPerDay;
  if (const int64_t length = microsOf(unit); length != 0) {
    return days * kMicrosPerDay + time / length * length;
  }
  return truncDate(unit, days) * kMicrosPerDay;
}

Value extractFromDate(TimeUnit unit, int64_t days) {
  const CivilDate date = civilFromDays(days);
  switch (unit) {
    case TimeUnit::day:
      return whole(date.day);
    case TimeUnit::week:
      return whole(isoWeek(days));
    case TimeUnit::month:
      return whole(date.month);
    case TimeUnit::quarter:
      return whole((date.month - 1) / 3 + 1);
    case TimeUnit::year:
      return whole(shownYear(date.year));
    case TimeUnit::decade:
      return whole(decadeOf(date.year));
    case TimeUnit::century:
      return whole(eraOf(date.year, 100));
    case TimeUnit::millennium:
      return whole(eraOf(date.year, 1000));
    case TimeUnit::dow:
      return whole(dayOfWeek(days));
    case TimeUnit::isodow:
      return whole(isoDayOfWeek(days));
    case TimeUnit::doy:
      return whole(days - firstDay(date.year) + 1);
    case TimeUnit::isoyear:
      return whole(shownYear(isoYear(days)));
    case TimeUnit::epoch:
      return whole(days * kSecondsPerDay);
    case TimeUnit::julian:
      return whole(days + kJulianEpoch);
    default:
      return unsupported();
  }
}

Value extractFromTimestamp(TimeUnit unit, int64_t micros) {
  const int64_t days = dateFromTimestamp(micros);
  const int64_t time = micros - days * kMicrosPerDay;
  if (microsOf(unit) != 0) return extractTime(unit, time);
  if (unit == TimeUnit::epoch) return Value::numeric(micros, kMicrosScale);
  if (unit == TimeUnit::julian) {
    const Value fraction = numericDivide(Value::int64(time), Value::int64(kMicrosPerDay));
    return numericAdd(whole(days + kJulianEpoch), fraction);
  }
  return extractFromDate(unit, days);
}

Value extractFromInterval(TimeUnit unit, Interval interval) {
  const int64_t year = interval.months / 12;
  const int64_t month = interval.months % 12;
  if (microsOf(unit) != 0) return extractTime(unit, interval.micros);
  switch (unit) {
    case TimeUnit::day:
      return whole(interval.days);
    case TimeUnit::month:
      return whole(month);
    case TimeUnit::quarter:
      return whole(month / 3 + 1);
    case TimeUnit::year:
      return whole(year);
    case TimeUnit::decade:
      return whole(year / 10);
    case TimeUnit::century:
      return whole(year / 100);
    case TimeUnit::millennium:
      return whole(year / 1000);
    case TimeUnit::epoch: {
      // A year has 365.25 days here, and a month 30: four times that are whole numbers.
      const int64_t quarterDays = 1461 * year + 120 * month + int64_t{4} * interval.days;
      const int128 seconds = static_cast<int128>(quarterDays) * (kSecondsPerDay / 4);
      return Value::numeric(seconds * kMicrosPerSecond + interval.micros, kMicrosScale);
    }
    default:
      return unsupported();
  }
}

}  // namespace facet
