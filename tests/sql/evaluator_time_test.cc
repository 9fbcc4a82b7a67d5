#include "tests/sql/expr_vocabulary.h"

namespace facet::test {
namespace {

constexpr Kind kDate = Kind::date;
constexpr Kind kInt4 = Kind::int32;
constexpr Kind kStamp = Kind::timestamp;
constexpr Kind kSpan = Kind::interval;

ExprPtr truncated(TimeUnit unit, std::string text) {
  return timePart(Op::dateTrunc, kStamp, unit, stamp(std::move(text)));
}
ExprPtr part(TimeUnit unit, ExprPtr arg) {
  return timePart(Op::extract, Kind::numeric, unit, std::move(arg));
}

BOOST_AUTO_TEST_SUITE(evaluator_times)

BOOST_AUTO_TEST_CASE(dates_move_by_days) {
  check("date '2024-02-28' + 2", call(Op::dateAddDays, kDate, date("2024-02-28"), i32(2)),
        "2024-03-01");
  check("date '2024-03-01' - 1", call(Op::dateSubtractDays, kDate, date("2024-03-01"), i32(1)),
        "2024-02-29");
  check("date '2024-03-01' - date '2023-03-01'",
        call(Op::dateDifference, kInt4, date("2024-03-01"), date("2023-03-01")), "366");
  check("date '5874897-12-31' + 1", call(Op::dateAddDays, kDate, date("5874897-12-31"), i32(1)),
        "!date out of range");
  check("date '4713-01-01 BC' - 60",
        call(Op::dateSubtractDays, kDate, date("4713-01-01 BC"), i32(60)), "!date out of range");
  check("make_date(2024, 2, 29)", call(Op::makeDate, kDate, i32(2024), i32(2), i32(29)),
        "2024-02-29");
  check("make_date(2023, 2, 29)", call(Op::makeDate, kDate, i32(2023), i32(2), i32(29)),
        "!date out of range");
  check("make_date(-44, 3, 15)", call(Op::makeDate, kDate, i32(-44), i32(3), i32(15)),
        "0044-03-15 BC");
  check("make_date(0, 1, 1)", call(Op::makeDate, kDate, i32(0), i32(1), i32(1)),
        "!date out of range");
  check("make_date(2024, 13, 1)", call(Op::makeDate, kDate, i32(2024), i32(13), i32(1)),
        "!date out of range");
  check("make_date(2024, 4, 31)", call(Op::makeDate, kDate, i32(2024), i32(4), i32(31)),
        "!date out of range");
}

BOOST_AUTO_TEST_CASE(dates_that_no_timestamp_has_compare_with_timestamps) {
  const auto greater = [](const char* day, const char* time) {
    return call(Op::greater, Kind::boolean, call(Op::dateAsTime, kStamp, date(day)), stamp(time));
  };
  check("date '5874897-12-31' > timestamp '294216-12-31 23:59'",
        greater("5874897-12-31", "294216-12-31 23:59"), "t");
  check("date '4713-11-24 BC' > timestamp '2024-01-01'",
        greater("4713-11-24 BC", "2024-01-01 00:00"), "f");
  check("date '2024-01-02' > timestamp '2024-01-01 23:00'",
        greater("2024-01-02", "2024-01-01 23:00"), "t");
}

BOOST_AUTO_TEST_CASE(timestamps_move_by_intervals) {
  check("timestamp '2024-01-31 10:00' + interval '1 month'",
        call(Op::timestampAddInterval, kStamp, stamp("2024-01-31 10:00"), span("1 month")),
        "2024-02-29 10:00:00");
  check("timestamp '2024-03-31 10:00' - interval '1 month 1 day 01:30'",
        call(Op::timestampSubtractInterval, kStamp, stamp("2024-03-31 10:00"),
             span("1 month 1 day 01:30")),
        "2024-02-28 08:30:00");
  check("timestamp '294216-12-31 23:00' + interval '70 years'",
        call(Op::timestampAddInterval, kStamp, stamp("294216-12-31 23:00"), span("70 years")),
        "!timestamp out of range");
  check("timestamptz '2024-01-31 10:00+00' + interval '1 day'",
        call(Op::timestampAddInterval, Kind::timestamptz,
             literal(Kind::timestamptz, "2024-01-31 10:00+00"), span("1 day")),
        "2024-02-01 10:00:00+00");
  check("timestamp '2024-03-01 12:00' - timestamp '2024-02-28 13:30:00.25'",
        call(Op::timestampDifference, kSpan, stamp("2024-03-01 12:00"),
             stamp("2024-02-28 13:30:00.25")),
        "1 day 22:29:59.75");
  check("timestamp '2024-02-28 13:30' - timestamp '2024-03-01 12:00'",
        call(Op::timestampDifference, kSpan, stamp("2024-02-28 13:30"), stamp("2024-03-01 12:00")),
        "-1 days -22:30:00");
}

BOOST_AUTO_TEST_CASE(timestamps_are_truncated) {
  check("date_trunc('month', timestamp '2024-03-15 10:20:30.5')",
        truncated(TimeUnit::month, "2024-03-15 10:20:30.5"), "2024-03-01 00:00:00");
  check("date_trunc('week', timestamp '2024-03-17 10:20:30.5')",
        truncated(TimeUnit::week, "2024-03-17 10:20:30.5"), "2024-03-11 00:00:00");
  check("date_trunc('quarter', timestamp '2024-06-30 10:20:30.5')",
        truncated(TimeUnit::quarter, "2024-06-30 10:20:30.5"), "2024-04-01 00:00:00");
  check("date_trunc('hour', timestamp '1960-06-30 10:20:30.5')",
        truncated(TimeUnit::hour, "1960-06-30 10:20:30.5"), "1960-06-30 10:00:00");
  check("date_trunc('century', timestamp '2000-06-30 10:20:30.5')",
        truncated(TimeUnit::century, "2000-06-30 10:20:30.5"), "1901-01-01 00:00:00");
  check("date_trunc('day', NULL::timestamp)",
        timePart(Op::dateTrunc, kStamp, TimeUnit::day, null(kStamp)), "NULL");
}

BOOST_AUTO_TEST_CASE(parts_are_extracted) {
  check("extract(year from date '2024-03-15')", part(TimeUnit::year, date("2024-03-15")), "2024");
  check("extract(dow from date '2024-03-17')", part(TimeUnit::dow, date("2024-03-17")), "0");
  check("extract(week from date '2024-12-30')", part(TimeUnit::week, date("2024-12-30")), "1");
  check("extract(second from timestamp '2024-03-15 10:20:30.5')",
        part(TimeUnit::second, stamp("2024-03-15 10:20:30.5")), "30.500000");
  check("extract(epoch from timestamp '2024-03-15 10:20:30.5')",
        part(TimeUnit::epoch, stamp("2024-03-15 10:20:30.5")), "1710498030.500000");
  check("extract(epoch from date '2024-03-15')", part(TimeUnit::epoch, date("2024-03-15")),
        "1710460800");
  check("extract(hour from interval '1 day 05:06:07')",
        part(TimeUnit::hour, span("1 day 05:06:07")), "5");
  check("extract(epoch from interval '1 day 05:06:07')",
        part(TimeUnit::epoch, span("1 day 05:06:07")), "104767.000000");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
