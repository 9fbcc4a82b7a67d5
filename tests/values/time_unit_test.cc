// date_trunc and extract against PostgreSQL 15: the results in the tables are its answers.
#include <boost/test/unit_test.hpp>
#include <string>

#include "values/datetime.h"
#include "values/text.h"

namespace facet {
namespace {

std::string show(const Value& value) {
  return value.isError() ? "ERROR" : toText(Type::of(value.kind()), value);
}

struct Truncated {
  const char* unit;
  const char* timestamp;
  const char* result;
};
constexpr Truncated kTruncated[] = {
    // clang-format off
    {"microseconds", "2017-11-08 10:20:30.123456", "2017-11-08 10:20:30.123456"},
    {"milliseconds", "2017-11-08 10:20:30.123456", "2017-11-08 10:20:30.123"},
    {"second", "2017-11-08 10:20:30.123456", "2017-11-08 10:20:30"},
    {"minute", "2017-11-08 10:20:30.123456", "2017-11-08 10:20:00"},
    {"hour", "2017-11-08 10:20:30.123456", "2017-11-08 10:00:00"},
    {"day", "2017-11-08 10:20:30.123456", "2017-11-08 00:00:00"},
    {"week", "2017-11-08 10:20:30.123456", "2017-11-06 00:00:00"},
    {"month", "2017-11-08 10:20:30.123456", "2017-11-01 00:00:00"},
    {"quarter", "2017-11-08 10:20:30.123456", "2017-10-01 00:00:00"},
    {"year", "2017-11-08 10:20:30.123456", "2017-01-01 00:00:00"},
    {"decade", "2017-11-08 10:20:30.123456", "2010-01-01 00:00:00"},
    {"century", "2017-11-08 10:20:30.123456", "2001-01-01 00:00:00"},
    {"millennium", "2017-11-08 10:20:30.123456", "2001-01-01 00:00:00"},
    {"microseconds", "2021-01-03 00:00:00", "2021-01-03 00:00:00"},
    {"milliseconds", "2021-01-03 00:00:00", "2021-01-03 00:00:00"},
    {"second", "2021-01-03 00:00:00", "2021-01-03 00:00:00"},
    {"minute", "2021-01-03 00:00:00", "2021-01-03 00:00:00"},
    {"hour", "2021-01-03 00:00:00", "2021-01-03 00:00:00"},
    {"day", "2021-01-03 00:00:00", "2021-01-03 00:00:00"},
    {"week", "2021-01-03 00:00:00", "2020-12-28 00:00:00"},
    {"month", "2021-01-03 00:00:00", "2021-01-01 00:00:00"},
    {"quarter", "2021-01-03 00:00:00", "2021-01-01 00:00:00"},
    {"year", "2021-01-03 00:00:00", "2021-01-01 00:00:00"},
    {"decade", "2021-01-03 00:00:00", "2020-01-01 00:00:00"},
    {"century", "2021-01-03 00:00:00", "2001-01-01 00:00:00"},
    {"millennium", "2021-01-03 00:00:00", "2001-01-01 00:00:00"},
    {"microseconds", "2000-12-31 23:59:59.5", "2000-12-31 23:59:59.5"},
    {"milliseconds", "2000-12-31 23:59:59.5", "2000-12-31 23:59:59.5"},
    {"second", "2000-12-31 23:59:59.5", "2000-12-31 23:59:59"},
    {"minute", "2000-12-31 23:59:59.5", "2000-12-31 23:59:00"},
    {"hour", "2000-12-31 23:59:59.5", "2000-12-31 23:00:00"},
    {"day", "2000-12-31 23:59:59.5", "2000-12-31 00:00:00"},
    {"week", "2000-12-31 23:59:59.5", "2000-12-25 00:00:00"},
    {"month", "2000-12-31 23:59:59.5", "2000-12-01 00:00:00"},
    {"quarter", "2000-12-31 23:59:59.5", "2000-10-01 00:00:00"},
    {"year", "2000-12-31 23:59:59.5", "2000-01-01 00:00:00"},
    {"decade", "2000-12-31 23:59:59.5", "2000-01-01 00:00:00"},
    {"century", "2000-12-31 23:59:59.5", "1901-01-01 00:00:00"},
    {"millennium", "2000-12-31 23:59:59.5", "1001-01-01 00:00:00"},
    {"microseconds", "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"},
    {"milliseconds", "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"},
    {"second", "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"},
    {"minute", "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"},
    {"hour", "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"},
    {"day", "0044-03-15 12:00:00 BC", "0044-03-15 00:00:00 BC"},
    {"week", "0044-03-15 12:00:00 BC", "0044-03-11 00:00:00 BC"},
    {"month", "0044-03-15 12:00:00 BC", "0044-03-01 00:00:00 BC"},
    {"quarter", "0044-03-15 12:00:00 BC", "0044-01-01 00:00:00 BC"},
    {"year", "0044-03-15 12:00:00 BC", "0044-01-01 00:00:00 BC"},
    {"decade", "0044-03-15 12:00:00 BC", "0051-01-01 00:00:00 BC"},
    {"century", "0044-03-15 12:00:00 BC", "0100-01-01 00:00:00 BC"},
    {"millennium", "0044-03-15 12:00:00 BC", "1000-01-01 00:00:00 BC"},
    // clang-format on
};

struct Extracted {
  const char* unit;
  const char* timestamp;
  const char* ofTimestamp;
  const char* ofDate;
};
constexpr Extracted kExtracted[] = {
    // clang-format off
    {"microseconds", "2017-11-08 10:20:30.123456", "30123456", "ERROR"},
    {"milliseconds", "2017-11-08 10:20:30.123456", "30123.456", "ERROR"},
    {"second", "2017-11-08 10:20:30.123456", "30.123456", "ERROR"},
    {"minute", "2017-11-08 10:20:30.123456", "20", "ERROR"},
    {"hour", "2017-11-08 10:20:30.123456", "10", "ERROR"},
    {"day", "2017-11-08 10:20:30.123456", "8", "8"},
    {"week", "2017-11-08 10:20:30.123456", "45", "45"},
    {"month", "2017-11-08 10:20:30.123456", "11", "11"},
    {"quarter", "2017-11-08 10:20:30.123456", "4", "4"},
    {"year", "2017-11-08 10:20:30.123456", "2017", "2017"},
    {"decade", "2017-11-08 10:20:30.123456", "201", "201"},
    {"century", "2017-11-08 10:20:30.123456", "21", "21"},
    {"millennium", "2017-11-08 10:20:30.123456", "3", "3"},
    {"dow", "2017-11-08 10:20:30.123456", "3", "3"},
    {"isodow", "2017-11-08 10:20:30.123456", "3", "3"},
    {"doy", "2017-11-08 10:20:30.123456", "312", "312"},
    {"isoyear", "2017-11-08 10:20:30.123456", "2017", "2017"},
    {"epoch", "2017-11-08 10:20:30.123456", "1510136430.123456", "1510099200"},
    {"julian", "2017-11-08 10:20:30.123456", "2458066.43090420666666666667", "2458066"},
    {"microseconds", "2021-01-03 00:00:00", "0", "ERROR"},
    {"milliseconds", "2021-01-03 00:00:00", "0.000", "ERROR"},
    {"second", "2021-01-03 00:00:00", "0.000000", "ERROR"},
    {"minute", "2021-01-03 00:00:00", "0", "ERROR"},
    {"hour", "2021-01-03 00:00:00", "0", "ERROR"},
    {"day", "2021-01-03 00:00:00", "3", "3"},
    {"week", "2021-01-03 00:00:00", "53", "53"},
    {"month", "2021-01-03 00:00:00", "1", "1"},
    {"quarter", "2021-01-03 00:00:00", "1", "1"},
    {"year", "2021-01-03 00:00:00", "2021", "2021"},
    {"decade", "2021-01-03 00:00:00", "202", "202"},
    {"century", "2021-01-03 00:00:00", "21", "21"},
    {"millennium", "2021-01-03 00:00:00", "3", "3"},
    {"dow", "2021-01-03 00:00:00", "0", "0"},
    {"isodow", "2021-01-03 00:00:00", "7", "7"},
    {"doy", "2021-01-03 00:00:00", "3", "3"},
    {"isoyear", "2021-01-03 00:00:00", "2020", "2020"},
    {"epoch", "2021-01-03 00:00:00", "1609632000.000000", "1609632000"},
    {"julian", "2021-01-03 00:00:00", "2459218.0000000000000000000000000000", "2459218"},
    {"microseconds", "2000-12-31 23:59:59.5", "59500000", "ERROR"},
    {"milliseconds", "2000-12-31 23:59:59.5", "59500.000", "ERROR"},
    {"second", "2000-12-31 23:59:59.5", "59.500000", "ERROR"},
    {"minute", "2000-12-31 23:59:59.5", "59", "ERROR"},
    {"hour", "2000-12-31 23:59:59.5", "23", "ERROR"},
    {"day", "2000-12-31 23:59:59.5", "31", "31"},
    {"week", "2000-12-31 23:59:59.5", "52", "52"},
    {"month", "2000-12-31 23:59:59.5", "12", "12"},
    {"quarter", "2000-12-31 23:59:59.5", "4", "4"},
    {"year", "2000-12-31 23:59:59.5", "2000", "2000"},
    {"decade", "2000-12-31 23:59:59.5", "200", "200"},
    {"century", "2000-12-31 23:59:59.5", "20", "20"},
    {"millennium", "2000-12-31 23:59:59.5", "2", "2"},
    {"dow", "2000-12-31 23:59:59.5", "0", "0"},
    {"isodow", "2000-12-31 23:59:59.5", "7", "7"},
    {"doy", "2000-12-31 23:59:59.5", "366", "366"},
    {"isoyear", "2000-12-31 23:59:59.5", "2000", "2000"},
    {"epoch", "2000-12-31 23:59:59.5", "978307199.500000", "978220800"},
    {"julian", "2000-12-31 23:59:59.5", "2451910.99999421296296296296", "2451910"},
    {"microseconds", "0044-03-15 12:00:00 BC", "0", "ERROR"},
    {"milliseconds", "0044-03-15 12:00:00 BC", "0.000", "ERROR"},
    {"second", "0044-03-15 12:00:00 BC", "0.000000", "ERROR"},
    {"minute", "0044-03-15 12:00:00 BC", "0", "ERROR"},
    {"hour", "0044-03-15 12:00:00 BC", "12", "ERROR"},
    {"day", "0044-03-15 12:00:00 BC", "15", "15"},
    {"week", "0044-03-15 12:00:00 BC", "11", "11"},
    {"month", "0044-03-15 12:00:00 BC", "3", "3"},
    {"quarter", "0044-03-15 12:00:00 BC", "1", "1"},
    {"year", "0044-03-15 12:00:00 BC", "-44", "-44"},
    {"decade", "0044-03-15 12:00:00 BC", "-5", "-5"},
    {"century", "0044-03-15 12:00:00 BC", "-1", "-1"},
    {"millennium", "0044-03-15 12:00:00 BC", "-1", "-1"},
    {"dow", "0044-03-15 12:00:00 BC", "5", "5"},
    {"isodow", "0044-03-15 12:00:00 BC", "5", "5"},
    {"doy", "0044-03-15 12:00:00 BC", "74", "74"},
    {"isoyear", "0044-03-15 12:00:00 BC", "-44", "-44"},
    {"epoch", "0044-03-15 12:00:00 BC", "-63517780800.000000", "-63517824000"},
    {"julian", "0044-03-15 12:00:00 BC", "1705428.50000000000000000000", "1705428"},
    // clang-format on
};

struct ExtractedFromInterval {
  const char* unit;
  const char* interval;
  const char* result;
};
constexpr ExtractedFromInterval kFromIntervals[] = {
    // clang-format off
    {"microseconds", "1 year 2 mons 3 days 04:05:06.789", "6789000"},
    {"milliseconds", "1 year 2 mons 3 days 04:05:06.789", "6789.000"},
    {"second", "1 year 2 mons 3 days 04:05:06.789", "6.789000"},
    {"minute", "1 year 2 mons 3 days 04:05:06.789", "5"},
    {"hour", "1 year 2 mons 3 days 04:05:06.789", "4"},
    {"day", "1 year 2 mons 3 days 04:05:06.789", "3"},
    {"week", "1 year 2 mons 3 days 04:05:06.789", "ERROR"},
    {"month", "1 year 2 mons 3 days 04:05:06.789", "2"},
    {"quarter", "1 year 2 mons 3 days 04:05:06.789", "1"},
    {"year", "1 year 2 mons 3 days 04:05:06.789", "1"},
    {"decade", "1 year 2 mons 3 days 04:05:06.789", "0"},
    {"century", "1 year 2 mons 3 days 04:05:06.789", "0"},
    {"millennium", "1 year 2 mons 3 days 04:05:06.789", "0"},
    {"dow", "1 year 2 mons 3 days 04:05:06.789", "ERROR"},
    {"isodow", "1 year 2 mons 3 days 04:05:06.789", "ERROR"},
    {"doy", "1 year 2 mons 3 days 04:05:06.789", "ERROR"},
    {"isoyear", "1 year 2 mons 3 days 04:05:06.789", "ERROR"},
    {"epoch", "1 year 2 mons 3 days 04:05:06.789", "37015506.789000"},
    {"julian", "1 year 2 mons 3 days 04:05:06.789", "ERROR"},
    {"microseconds", "-1 years -2 mons +3 days -04:05:06.5", "-6500000"},
    {"milliseconds", "-1 years -2 mons +3 days -04:05:06.5", "-6500.000"},
    {"second", "-1 years -2 mons +3 days -04:05:06.5", "-6.500000"},
    {"minute", "-1 years -2 mons +3 days -04:05:06.5", "-5"},
    {"hour", "-1 years -2 mons +3 days -04:05:06.5", "-4"},
    {"day", "-1 years -2 mons +3 days -04:05:06.5", "3"},
    {"week", "-1 years -2 mons +3 days -04:05:06.5", "ERROR"},
    {"month", "-1 years -2 mons +3 days -04:05:06.5", "-2"},
    {"quarter", "-1 years -2 mons +3 days -04:05:06.5", "1"},
    {"year", "-1 years -2 mons +3 days -04:05:06.5", "-1"},
    {"decade", "-1 years -2 mons +3 days -04:05:06.5", "0"},
    {"century", "-1 years -2 mons +3 days -04:05:06.5", "0"},
    {"millennium", "-1 years -2 mons +3 days -04:05:06.5", "0"},
    {"dow", "-1 years -2 mons +3 days -04:05:06.5", "ERROR"},
    {"isodow", "-1 years -2 mons +3 days -04:05:06.5", "ERROR"},
    {"doy", "-1 years -2 mons +3 days -04:05:06.5", "ERROR"},
    {"isoyear", "-1 years -2 mons +3 days -04:05:06.5", "ERROR"},
    {"epoch", "-1 years -2 mons +3 days -04:05:06.5", "-36497106.500000"},
    {"julian", "-1 years -2 mons +3 days -04:05:06.5", "ERROR"},
    {"microseconds", "25 years 100:59:59", "59000000"},
    {"milliseconds", "25 years 100:59:59", "59000.000"},
    {"second", "25 years 100:59:59", "59.000000"},
    {"minute", "25 years 100:59:59", "59"},
    {"hour", "25 years 100:59:59", "100"},
    {"day", "25 years 100:59:59", "0"},
    {"week", "25 years 100:59:59", "ERROR"},
    {"month", "25 years 100:59:59", "0"},
    {"quarter", "25 years 100:59:59", "1"},
    {"year", "25 years 100:59:59", "25"},
    {"decade", "25 years 100:59:59", "2"},
    {"century", "25 years 100:59:59", "0"},
    {"millennium", "25 years 100:59:59", "0"},
    {"dow", "25 years 100:59:59", "ERROR"},
    {"isodow", "25 years 100:59:59", "ERROR"},
    {"doy", "25 years 100:59:59", "ERROR"},
    {"isoyear", "25 years 100:59:59", "ERROR"},
    {"epoch", "25 years 100:59:59", "789303599.000000"},
    {"julian", "25 years 100:59:59", "ERROR"},
    // clang-format on
};

}  // namespace

BOOST_AUTO_TEST_SUITE(time_unit)

BOOST_AUTO_TEST_CASE(date_trunc_gives_postgresqls_answers) {
  for (const Truncated& c : kTruncated) {
    const TimeUnit unit = parseTimeUnit(c.unit).value();
    BOOST_TEST(isTruncUnit(unit));
    BOOST_TEST_CONTEXT(c.unit << " of " << c.timestamp) {
      const int64_t truncated = truncTimestamp(unit, parseTimestamp(c.timestamp).value());
      BOOST_TEST(formatTimestamp(truncated, false) == c.result);
    }
  }
}

BOOST_AUTO_TEST_CASE(extract_gives_postgresqls_answers_and_scales) {
  for (const Extracted& c : kExtracted) {
    const TimeUnit unit = parseTimeUnit(c.unit).value();
    const int64_t micros = parseTimestamp(c.timestamp).value();
    BOOST_TEST_CONTEXT(c.unit << " of " << c.timestamp) {
      BOOST_TEST(show(extractFromTimestamp(unit, micros)) == c.ofTimestamp);
      BOOST_TEST(show(extractFromDate(unit, dateFromTimestamp(micros))) == c.ofDate);
    }
  }
}

BOOST_AUTO_TEST_CASE(extract_from_an_interval_gives_postgresqls_answers) {
  for (const ExtractedFromInterval& c : kFromIntervals) {
    const TimeUnit unit = parseTimeUnit(c.unit).value();
    BOOST_TEST_CONTEXT(c.unit << " of " << c.interval) {
      BOOST_TEST(show(extractFromInterval(unit, parseInterval(c.interval).value())) == c.result);
    }
  }
}

BOOST_AUTO_TEST_CASE(unit_names_are_taken_in_any_case_and_in_the_plural) {
  BOOST_TEST((parseTimeUnit("MONTHS") == TimeUnit::month));
  BOOST_TEST((parseTimeUnit("hr") == TimeUnit::hour));
  BOOST_TEST(!parseTimeUnit("fortnight"));
  BOOST_TEST(!parseTimeUnit(""));
  BOOST_TEST(!isTruncUnit(TimeUnit::epoch));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
