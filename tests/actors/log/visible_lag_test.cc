// How long events took until they could be read, by a clock that the test turns.
#include "actors/log/visible_lag.h"

#include <boost/test/unit_test.hpp>

#include "actors/log/limits.h"
#include "tests/actors/test_clock.h"

namespace facet::test {

namespace {

struct Fixture {
  int64_t now = 1'000'000;
  TestClock clock{now};
  VisibleLag lag{clock};

  void pass(int64_t micros) { now += micros; }
};

constexpr int64_t kSecond = 1'000'000;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(visible_lag, Fixture)

BOOST_AUTO_TEST_CASE(each_event_counts_with_the_time_of_its_chunk) {
  lag.begin({100});
  lag.durable({199});  // 99 events
  pass(500);
  lag.durable({200});  // and one
  pass(500);
  lag.visible({150});  // no whole chunk yet
  BOOST_TEST(lag.recent().events == 0u);
  lag.visible({199});
  pass(9'500);
  lag.visible({200});
  lag.visible({200});
  const RecentLag recent = lag.recent();
  BOOST_TEST(recent.events == 100u);
  BOOST_TEST(recent.p50 == 1'000u);
  BOOST_TEST(recent.p99 == 1'000u);
  BOOST_TEST(recent.max == 10'000u);
}

BOOST_AUTO_TEST_CASE(what_was_there_before_does_not_count) {
  lag.begin({100});
  lag.durable({90});
  lag.visible({100});
  BOOST_TEST(lag.recent().events == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_older_than_two_windows_is_forgotten) {
  const auto one = [&](uint64_t position) {
    lag.durable({position});
    pass(100);
    lag.visible({position});
  };
  one(1);
  pass(11 * kSecond);
  one(2);
  BOOST_TEST(lag.recent().events == 2u);
  pass(10 * kSecond);
  BOOST_TEST(lag.recent().events == 1u);
  pass(25 * kSecond);
  BOOST_TEST(lag.recent().events == 0u);
  BOOST_TEST(lag.recent().max == 0u);
}

BOOST_AUTO_TEST_CASE(views_that_are_far_behind_take_no_memory_and_no_event_is_lost) {
  for (uint64_t position = 1; position <= 2 * kLagMarks; ++position) {
    lag.durable({position});
    pass(1);
  }
  lag.visible({2 * kLagMarks});
  BOOST_TEST(lag.recent().events == 2 * kLagMarks);
  BOOST_TEST(lag.recent().max == 2 * kLagMarks);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
