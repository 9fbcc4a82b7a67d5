// The calendar, and timestamps plus intervals. Results in the tables are PostgreSQL 15's answers.
#include "values/datetime.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

namespace facet {
namespace {

std::string show(const Value& timestamp) {
  return timestamp.isError() ? "ERROR" : formatTimestamp(timestamp.asInt(), false);
}

int64_t timestamp(const char* text) {
  return parseTimestamp(text).value();
}

struct Addition {
  const char* timestamp;
  const char* interval;
  const char* sum;
  const char* difference;
};
constexpr Addition kAdditions[] = {
    // clang-format off
    {"2017-01-31 10:00:00", "1 mon", "2017-02-28 10:00:00", "2016-12-31 10:00:00"},
    {"2016-01-31 10:00:00", "1 mon", "2016-02-29 10:00:00", "2015-12-31 10:00:00"},
    {"2017-03-31 00:00:00", "-1 mon", "2017-02-28 00:00:00", "2017-04-30 00:00:00"},
    {"2017-12-31 23:59:59", "1 day 00:00:01", "2018-01-02 00:00:00", "2017-12-30 23:59:58"},
    {"2016-02-29 00:00:00", "1 year", "2017-02-28 00:00:00", "2015-02-28 00:00:00"},
    {"2016-02-29 00:00:00", "4 years", "2020-02-29 00:00:00", "2012-02-29 00:00:00"},
    {"2017-01-30 00:00:00", "1 mon 1 day", "2017-03-01 00:00:00", "2016-12-29 00:00:00"},
    {"0001-01-01 00:00:00", "-1 day", "0001-12-31 00:00:00 BC", "0001-01-02 00:00:00"},
    {"0001-01-01 00:00:00", "-13 mons", "0002-12-01 00:00:00 BC", "0002-02-01 00:00:00"},
    {"4714-11-24 00:00:00 BC", "-1 day", "ERROR", "4714-11-25 00:00:00 BC"},
    {"2017-11-08 10:00:00", "00:00:00.000001", "2017-11-08 10:00:00.000001",
     "2017-11-08 09:59:59.999999"},
    {"2017-11-08 10:00:00", "178000000 years", "ERROR", "ERROR"},
    {"2017-11-08 10:00:00", "-2562047788:00:00", "ERROR", "ERROR"},
    // clang-format on
};

}  // namespace

BOOST_AUTO_TEST_SUITE(datetime)

BOOST_AUTO_TEST_CASE(every_day_of_eight_centuries_follows_the_day_before) {
  CivilDate expected{1599, 12, 31};
  for (int64_t day = daysFromCivil(expected); day < daysFromCivil({2401, 1, 1}); ++day) {
    const CivilDate date = civilFromDays(day);
    if (date.year != expected.year || date.month != expected.month || date.day != expected.day) {
      BOOST_FAIL("day " << day << " is " << formatDate(day));
    }
    if (daysFromCivil(date) != day) BOOST_FAIL("no way back from day " << day);
    if (++expected.day > daysInMonth(expected.year, expected.month)) {
      expected.day = 1;
      if (++expected.month > 12) expected = {expected.year + 1, 1, 1};
    }
  }
}

BOOST_AUTO_TEST_CASE(the_ends_of_postgresqls_ranges_print_and_come_back) {
  BOOST_TEST(formatDate(kMinDate) == "4714-11-24 BC");
  BOOST_TEST(formatDate(kMaxDate) == "5874897-12-31");
  BOOST_TEST(formatTimestamp(kMinTimestamp, false) == "4714-11-24 00:00:00 BC");
  BOOST_TEST(formatTimestamp(kMaxTimestamp, true) == "294246-12-31 23:59:59.999999+00");
  BOOST_TEST(parseDate(formatDate(kMinDate)).value() == kMinDate);
  BOOST_TEST(parseDate(formatDate(kMaxDate)).value() == kMaxDate);
  BOOST_TEST(parseTimestamp(formatTimestamp(kMinTimestamp, false)).value() == kMinTimestamp);
  BOOST_TEST(parseTimestampTz(formatTimestamp(kMaxTimestamp, true)).value() == kMaxTimestamp);
}

BOOST_AUTO_TEST_CASE(random_dates_timestamps_and_intervals_come_back_from_their_text) {
  std::mt19937_64 random(11);
  std::uniform_int_distribution<int64_t> anyDate(kMinDate, kMaxDate);
  std::uniform_int_distribution<int64_t> anyTimestamp(kMinTimestamp, kMaxTimestamp);
  for (int i = 0; i < 20'000; ++i) {
    const int64_t day = anyDate(random);
    const int64_t micros = anyTimestamp(random);
    const Interval interval{static_cast<int64_t>(random()) / 2, static_cast<int32_t>(random()),
                            static_cast<int32_t>(random())};
    BOOST_REQUIRE_EQUAL(parseDate(formatDate(day)).value(), day);
    BOOST_REQUIRE_EQUAL(parseTimestamp(formatTimestamp(micros, false)).value(), micros);
    BOOST_REQUIRE_EQUAL(parseTimestampTz(formatTimestamp(micros, true)).value(), micros);
    BOOST_REQUIRE_MESSAGE(parseInterval(formatInterval(interval)) == interval,
                          formatInterval(interval));
  }
}

BOOST_AUTO_TEST_CASE(hostile_text_is_refused_or_taken_but_never_more) {
  const std::string alphabet = "0123456789-+:/. TPYMDHSWagobcZ,@";
  std::mt19937_64 random(12);
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (size_t length = random() % 24; length > 0; --length) {
      text.push_back(alphabet[random() % alphabet.size()]);
    }
    if (const auto day = parseDate(text)) BOOST_REQUIRE(isDate(*day));
    if (const auto micros = parseTimestamp(text)) BOOST_REQUIRE(isTimestamp(*micros));
    if (const auto micros = parseTimestampTz(text)) BOOST_REQUIRE(isTimestamp(*micros));
    if (const auto interval = parseInterval(text)) formatInterval(*interval);
  }
}

BOOST_AUTO_TEST_CASE(intervals_print_as_in_postgresql) {
  BOOST_TEST(formatInterval({}) == "00:00:00");
  BOOST_TEST(formatInterval({0, 1, 1}) == "1 mon 1 day");
  BOOST_TEST(formatInterval({0, 0, -14}) == "-1 years -2 mons");
  BOOST_TEST(formatInterval({-1, 3, -1}) == "-1 mons +3 days -00:00:00.000001");
  BOOST_TEST(formatInterval({1'500'000, -3, 0}) == "-3 days +00:00:01.5");
  BOOST_TEST(formatInterval({INT64_MIN, 0, 0}) == "-2562047788:00:54.775808");
}

BOOST_AUTO_TEST_CASE(adding_an_interval_gives_postgresqls_answers) {
  for (const Addition& c : kAdditions) {
    const Interval interval = parseInterval(c.interval).value();
    BOOST_TEST_CONTEXT(c.timestamp << " and " << c.interval) {
      BOOST_TEST(show(addInterval(timestamp(c.timestamp), interval, false)) == c.sum);
      BOOST_TEST(show(addInterval(timestamp(c.timestamp), interval, true)) == c.difference);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_most_extreme_intervals_are_errors_and_no_overflows) {
  const Interval least{INT64_MIN, INT32_MIN, INT32_MIN};
  for (const int64_t micros : {kMinTimestamp, kMaxTimestamp}) {
    BOOST_TEST(show(addInterval(micros, least, false)) == "ERROR");
    BOOST_TEST(show(addInterval(micros, least, true)) == "ERROR");
  }
}

BOOST_AUTO_TEST_CASE(a_date_is_a_timestamp_at_midnight_while_it_is_in_range) {
  BOOST_TEST(show(timestampFromDate(daysFromCivil({2017, 11, 8}))) == "2017-11-08 00:00:00");
  BOOST_TEST(show(timestampFromDate(kMinDate)) == "4714-11-24 00:00:00 BC");
  BOOST_TEST(show(timestampFromDate(kMaxDate)) == "ERROR");
  BOOST_TEST(dateFromTimestamp(-1) == -1);
  BOOST_TEST(dateFromTimestamp(0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
