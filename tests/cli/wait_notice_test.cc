// A wait is told once.
#include "cli/wait_notice.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "cli/limits.h"

using namespace facet;

namespace {

struct Wait {
  WaitNotice::Clock::time_point now{std::chrono::hours(1)};
  std::vector<std::string> lines;
  WaitNotice notice{[this](const std::string& line) { lines.push_back(line); },
                    [this] { return now; }};

  /// Tries again every half second.
  void waitFor(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end; now += std::chrono::milliseconds(500)) {
      notice.waiting("the server is overloaded");
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(wait_notice, Wait)

BOOST_AUTO_TEST_CASE(a_moment_is_not_worth_a_word) {
  for (int i = 0; i < 10; ++i) {
    waitFor(kSilentWait);
    notice.answered();
  }
  BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(a_long_wait_is_told_once) {
  waitFor(std::chrono::minutes(1));
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0] == "waiting, and trying again: the server is overloaded");
}

BOOST_AUTO_TEST_CASE(the_next_one_is_told_too_but_not_all_the_time) {
  waitFor(2 * kSilentWait);
  notice.answered();
  waitFor(2 * kSilentWait);
  BOOST_TEST(lines.size() == 1U);
  notice.answered();
  now += kNoticeEvery;
  waitFor(2 * kSilentWait);
  BOOST_TEST(lines.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
