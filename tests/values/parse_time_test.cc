// Input text of dates, timestamps and intervals. What a text becomes, or nullptr where it is
// refused, is PostgreSQL 15's answer; a few forms that PostgreSQL takes are refused here, and
// listed as such.
#include <boost/test/unit_test.hpp>
#include <string>

#include "values/text.h"

namespace facet {
namespace {

struct Parsed {
  const char* text;
  const char* result;
};

template <size_t N>
void checkParsed(Kind kind, const Parsed (&cases)[N]) {
  for (const Parsed& c : cases) {
    std::string scratch;
    const auto value = parseText(Type::of(kind), c.text, scratch);
    BOOST_TEST_CONTEXT(typeName(Type::of(kind)) << " '" << c.text << "'") {
      BOOST_TEST(value.has_value() == (c.result != nullptr));
      if (value && c.result != nullptr) BOOST_TEST(toText(Type::of(kind), *value) == c.result);
    }
  }
}

template <size_t N>
void checkRefused(Kind kind, const char* const (&texts)[N]) {
  for (const char* text : texts) {
    std::string scratch;
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parseText(Type::of(kind), text, scratch));
    }
  }
}

constexpr Parsed kDates[] = {
    // clang-format off
    {"2017-11-08", "2017-11-08"},
    {"2017-1-8", "2017-01-08"},
    {"20171108", "2017-11-08"},
    {"11/8/2017", "2017-11-08"},
    {"11-8-2017", "2017-11-08"},
    {"11.8.2017", "2017-11-08"},
    {"2017/11/08", "2017-11-08"},
    {"2017.11.08", "2017-11-08"},
    {"1/2/3", "2003-01-02"},
    {"1/2/70", "1970-01-02"},
    {"1/2/69", "2069-01-02"},
    {"13/1/2017", nullptr},
    {"2017-02-29", nullptr},
    {"2016-02-29", "2016-02-29"},
    {"1900-02-29", nullptr},
    {"2000-02-29", "2000-02-29"},
    {"0000-01-01", nullptr},
    {"0001-01-01", "0001-01-01"},
    {"0001-01-01 BC", "0001-01-01 BC"},
    {"0044-03-15 bc", "0044-03-15 BC"},
    {"4714-11-24 BC", "4714-11-24 BC"},
    {"4714-11-23 BC", nullptr},
    {"5874897-12-31", "5874897-12-31"},
    {"5874898-01-01", nullptr},
    {"Nov 8, 2017", "2017-11-08"},
    {"November 8 2017", "2017-11-08"},
    {"8 Nov 2017", "2017-11-08"},
    {"8-Nov-2017", "2017-11-08"},
    {"2017-Nov-08", "2017-11-08"},
    {"Wed Nov 8 2017", "2017-11-08"},
    {"2017-11-08 10:00:00", "2017-11-08"},
    {"2017-11-08T10:00:00Z", "2017-11-08"},
    {"2017-11-08 25:00:00", nullptr},
    {"2017-11", nullptr},
    {"2017", nullptr},
    {"x", nullptr},
    {"", nullptr},
    {"2017-11-08x", nullptr},
    {"2017-13-01", nullptr},
    {"2017-00-01", nullptr},
    {"2017-01-00", nullptr},
    {"99-01-08", nullptr},
    {"1-1-99", "1999-01-01"},
    {"12345-01-01", "12345-01-01"},
    {"171108", "2017-11-08"},
    {"2017 Nov 8", "2017-11-08"},
    {"Nov 2017 8", "2017-11-08"},
    {"2017-11/08", nullptr},
    {"8/Nov/2017", "2017-11-08"},
    {"Sept 5 2017", "2017-09-05"},
    {"Sep 5 2017", "2017-09-05"},
    {"10:00 2017-11-08", nullptr},
    {"001-01-01", "0001-01-01"},
    {"  2017-11-08  ", "2017-11-08"},
    {"2017-11-08 AD", "2017-11-08"},
    {"Tue Nov 8 2017", "2017-11-08"},
    {"2017312", nullptr},
    {"99999999", nullptr},
    {"2017-11-08,", "2017-11-08"},
    {"1999-01-08 00:00:00+25", nullptr},
    {"1999-01-08 foo", nullptr},
    // clang-format on
};
constexpr Parsed kTimestamps[] = {
    // clang-format off
    {"2017-11-08 10:00:00", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00", "2017-11-08 10:00:00"},
    {"2017-11-08 10", nullptr},
    {"2017-11-08T10:00:00.123456", "2017-11-08 10:00:00.123456"},
    {"2017-11-08t10:00:00.1234567", "2017-11-08 10:00:00.123457"},
    {"2017-11-08 10:00:00.1234565", "2017-11-08 10:00:00.123456"},
    {"2017-11-08 10:00:00.9999999", "2017-11-08 10:00:01"},
    {"2017-11-08 10:00:00.", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00Z", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00 z", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00+02", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00 +02:30", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00 UTC", "2017-11-08 10:00:00"},
    {"2017-11-08 24:00:00", "2017-11-09 00:00:00"},
    {"2017-11-08 24:00:01", nullptr},
    {"2017-11-08 23:59:60", "2017-11-09 00:00:00"},
    {"2017-11-08 23:59:60.5", nullptr},
    {"2017-11-08 23:59:61", nullptr},
    {"2017-11-08 23:60:00", nullptr},
    {"2017-11-08 10:00:00 PM", "2017-11-08 22:00:00"},
    {"2017-11-08 10:00 am", "2017-11-08 10:00:00"},
    {"2017-11-08 12:30 am", "2017-11-08 00:30:00"},
    {"2017-11-08 12:30 pm", "2017-11-08 12:30:00"},
    {"2017-11-08 13:30 pm", nullptr},
    {"2017-11-08 00:30 am", "2017-11-08 00:30:00"},
    {"2017-11-08 00:30 pm", "2017-11-08 12:30:00"},
    {"11/8/2017 3:04:05", "2017-11-08 03:04:05"},
    {"2017-11-08", "2017-11-08 00:00:00"},
    {"0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"},
    {"294246-12-31 23:59:59.999999", "294246-12-31 23:59:59.999999"},
    {"4714-11-24 00:00:00 BC", "4714-11-24 00:00:00 BC"},
    {"4714-11-23 23:59:59 BC", nullptr},
    {"20171108 10:00:00", "2017-11-08 10:00:00"},
    {"20171108T10:00:00", "2017-11-08 10:00:00"},
    {"2017-11-08T10", nullptr},
    {"2017-11-08 1:2:3", "2017-11-08 01:02:03"},
    {"2017-11-08 001:2:3", "2017-11-08 01:02:03"},
    {"2017-11-08 10:00:00 10:00:00", nullptr},
    {"2017-11-08 10:0a", nullptr},
    {"2017-11-0810:00", nullptr},
    {"2017-11-08 10:00:00 foo", nullptr},
    {"2017-11-08 10:00:00+", nullptr},
    {"2017-11-08 10:00:00-08", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00-16", nullptr},
    {"2017-11-08 10:00:00-15:59", "2017-11-08 10:00:00"},
    {"2017-11-08 10:00:00+1:2:3", "2017-11-08 10:00:00"},
    {"Wed Nov 08 10:00:00 2017", "2017-11-08 10:00:00"},
    {"Wed Nov 08 10:00:00 UTC 2017", "2017-11-08 10:00:00"},
    {"Wed Nov 08 10:00:00 2017 UTC", "2017-11-08 10:00:00"},
    {"10:00:00 2017-11-08", nullptr},
    {"2017-11-08 10:00:00.5.5", nullptr},
    {"2017-11-08 10:5", "2017-11-08 10:05:00"},
    {"2017-11-08 :05", nullptr},
    // clang-format on
};
constexpr Parsed kTimestampsWithZone[] = {
    // clang-format off
    {"2017-11-08 10:00:00", "2017-11-08 10:00:00+00"},
    {"2017-11-08 10:00:00+02", "2017-11-08 08:00:00+00"},
    {"2017-11-08 10:00:00-0530", "2017-11-08 15:30:00+00"},
    {"2017-11-08 10:00:00+05:30", "2017-11-08 04:30:00+00"},
    {"2017-11-08T10:00:00.5Z", "2017-11-08 10:00:00.5+00"},
    {"2017-11-08 10:00:00 GMT", "2017-11-08 10:00:00+00"},
    {"2017-11-08 10:00:00 +14", "2017-11-07 20:00:00+00"},
    {"2017-11-08 10:00:00+530", "2017-11-08 04:30:00+00"},
    {"2017-11-08 10:00:00+05300", nullptr},
    {"2017-11-08 10:00:00+053015", nullptr},
    {"2017-11-08 10:00:00+1:2:3", "2017-11-08 08:57:57+00"},
    {"2017-11-08 10:00:00+15:60", nullptr},
    {"0001-01-01 00:00:00+05 BC", "0002-12-31 19:00:00+00 BC"},
    {"2017-11-08 10:00:00 BC +05", "2017-11-08 05:00:00+00 BC"},
    {"4714-11-24 00:00:00+01 BC", nullptr},
    {"4714-11-24 00:00:00-01 BC", "4714-11-24 01:00:00+00 BC"},
    // clang-format on
};
constexpr Parsed kIntervals[] = {
    // clang-format off
    {"1 day", "1 day"},
    {"1 year 2 mons -3 days 04:05:06.7", "1 year 2 mons -3 days +04:05:06.7"},
    {"-1 day", "-1 days"},
    {"1.5 hours", "01:30:00"},
    {"1.5 months", "1 mon 15 days"},
    {"1.5 years", "1 year 6 mons"},
    {"1.25 days", "1 day 06:00:00"},
    {"-1.5 days", "-1 days -12:00:00"},
    {"-0.5 day", "-12:00:00"},
    {".5 hour", "00:30:00"},
    {"5", "00:00:05"},
    {"5.5", "00:00:05.5"},
    {"1-2", "1 year 2 mons"},
    {"-1-2", "-1 years -2 mons"},
    {"+1-2", "1 year 2 mons"},
    {"1-12", nullptr},
    {"1-2-3", nullptr},
    {"P1Y2M3W4DT5H6M7.8S", "1 year 2 mons 25 days 05:06:07.8"},
    {"P1Y2M3DT5H6M7.8S", "1 year 2 mons 3 days 05:06:07.8"},
    {"PT1H", "01:00:00"},
    {"P1D", "1 day"},
    {"P-1Y", "-1 years"},
    {"P", nullptr},
    {"p1y", nullptr},
    {"P1.5D", "1 day 12:00:00"},
    {"1 week", "7 days"},
    {"2 weeks ago", "-14 days"},
    {"1 day 2 hours ago", "-1 days -02:00:00"},
    {"@ 1 minute", "00:01:00"},
    {"@ 1 day ago", "-1 days"},
    {"ago", nullptr},
    {"1 quarter", nullptr},
    {"1 decade", "10 years"},
    {"1 century", "100 years"},
    {"1 millennium", "1000 years"},
    {"2 millennia", "2000 years"},
    {"1 mil", "1000 years"},
    {"1 dec", "10 years"},
    {"3 ms", "00:00:00.003"},
    {"3.5 ms", "00:00:00.0035"},
    {"3 us", "00:00:00.000003"},
    {"2.5 us", "00:00:00.000002"},
    {"3 milliseconds", "00:00:00.003"},
    {"1 day 2 days", nullptr},
    {"1 hour 2:03", nullptr},
    {"2:03 1 hour", nullptr},
    {"2:03", "02:03:00"},
    {"2:03:04.5", "02:03:04.5"},
    {"-2:03", "-02:03:00"},
    {"100:00:00", "100:00:00"},
    {"2:60", nullptr},
    {"2:03:60", "02:04:00"},
    {"2:03:61", nullptr},
    {"1 month 2", "1 mon 00:00:02"},
    {"1 foo", nullptr},
    {"", nullptr},
    {"1day", "1 day"},
    {"1d 2h 3m 4s", "1 day 02:03:04"},
    {"1 Mon", "1 mon"},
    {"1 MONTH", "1 mon"},
    {"2147483647 days", "2147483647 days"},
    {"2147483648 days", nullptr},
    {"178956970 years 7 mons", "178956970 years 7 mons"},
    {"178956970 years 8 mons", nullptr},
    {"10000000 years 100000 days", "10000000 years 100000 days"},
    {"9223372036854775807 us", "2562047788:00:54.775807"},
    {"9223372036854775808 us", nullptr},
    {"2562047788 hours", "2562047788:00:00"},
    {"2562047789 hours", nullptr},
    {"1 hours -2 minutes", "00:58:00"},
    {"1 + 2", nullptr},
    {"1e3 days", nullptr},
    {"00:00:00", "00:00:00"},
    {"0", "00:00:00"},
    {"0.1 s", "00:00:00.1"},
    {"0.0000005 s", "00:00:00"},
    {"0.0000015 s", "00:00:00.000001"},
    {"1 y 1 m", "1 year 00:01:00"},
    {"1 dow", nullptr},
    {"1 epoch", nullptr},
    {"3 days 4", "3 days 00:00:04"},
    {"3 4", nullptr},
    {"3 4 5:06", nullptr},
    {"1 seconds 500 milliseconds", "00:00:01.5"},
    {"1 second 5 ms 7 us", "00:00:01.005007"},
    {"0.33 years", "4 mons"},
    {"1.1 weeks", "7 days 16:48:00"},
    {"1.7 mons", "1 mon 21 days"},
    // clang-format on
};

constexpr const char* kRefusedDates[] = {
    // clang-format off
    "Nov-08-2017",
    "2017--11-08",
    "2017-11-08-",
    "Thurs Nov 8 2017",
    "2017.312",
    "2017-312",
    "J2451187",
    "now", "today", "tomorrow", "epoch", "infinity", "-infinity",
    // clang-format on
};
constexpr const char* kRefusedTimestamps[] = {
    // clang-format off
    "20171108T100000",
    "20171108 100000",
    "2017-11-08 100000",
    "2017-11-08 10:00.5",
    "2017-11-08 10:",
    "2017-11-08 10::00",
    "2017-11-08 +02",
    "2017-11-08 10:00:00 UTC+2",
    "2017-11-08Z",
    "now", "infinity", "2017-11-08 10:00:00 Europe/Berlin", "2017-11-08 10:00:00 CET",
    "294276-12-31 23:59:59",
    // clang-format on
};
constexpr const char* kRefusedIntervals[] = {
    // clang-format off
    "1 2:03:04",
    "-1 2:03:04",
    "1-2 3 4:05:06",
    "PT",
    "P1",
    "P1Y1Y",
    "P0001-02-03T04:05:06",
    "1 day ago 2",
    "04:05.5",
    "1y2mon",
    "- 1 day",
    "1.5 2:03",
    // clang-format on
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parse_time)

BOOST_AUTO_TEST_CASE(dates_are_read_as_postgresql_reads_them) {
  checkParsed(Kind::date, kDates);
}

BOOST_AUTO_TEST_CASE(timestamps_are_read_as_postgresql_reads_them) {
  checkParsed(Kind::timestamp, kTimestamps);
}

BOOST_AUTO_TEST_CASE(time_zones_count_for_timestamps_with_time_zone) {
  checkParsed(Kind::timestamptz, kTimestampsWithZone);
}

BOOST_AUTO_TEST_CASE(intervals_are_read_as_postgresql_reads_them) {
  checkParsed(Kind::interval, kIntervals);
}

BOOST_AUTO_TEST_CASE(what_depends_on_the_clock_or_is_rarely_written_is_refused) {
  checkRefused(Kind::date, kRefusedDates);
  checkRefused(Kind::timestamp, kRefusedTimestamps);
  checkRefused(Kind::timestamptz, kRefusedTimestamps);
  checkRefused(Kind::interval, kRefusedIntervals);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
