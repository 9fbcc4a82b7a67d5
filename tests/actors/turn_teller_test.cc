// What an operator is told of a view that degrades and lives again, over and over.
#include <boost/test/unit_test.hpp>

#include "actors/limits.h"
#include "actors/view_watch.h"

namespace facet::test {
namespace {

using Line = TurnTeller::Line;

/// A view that turns, and what is told of it.
struct Told {
  TurnTeller teller;
  uint64_t failures = 0;
  int64_t now = 1'000'000;

  Line fails() { return teller.look(true, ++failures, now); }
  Line lives() { return teller.look(false, failures, now); }
  /// Turns until nothing is told any more; how many lines there were.
  int linesUntilSilence() {
    for (int lines = 0;; ++lines) {
      if ((lines % 2 == 0 ? fails() : lives()) == Line::none) return lines;
      BOOST_REQUIRE(lines < 1000);
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(turn_teller)

BOOST_AUTO_TEST_CASE(every_turn_is_told_of_once) {
  Told view;
  BOOST_TEST((view.lives() == Line::none));
  BOOST_TEST((view.fails() == Line::degraded));
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST((view.teller.look(true, view.failures, view.now) == Line::none));
  }
  BOOST_TEST((view.lives() == Line::liveAgain));
  BOOST_TEST((view.lives() == Line::none));
  BOOST_TEST(view.teller.untold() == 0U);
}

BOOST_AUTO_TEST_CASE(failures_between_two_looks_are_counted) {
  Told view;
  view.failures = 6;
  BOOST_TEST((view.fails() == Line::degraded));
  BOOST_TEST(view.teller.untold() == 6U);
  view.failures += 3;  // it failed, and lives again, since the last look
  BOOST_TEST((view.lives() == Line::liveAgain));
  BOOST_TEST(view.teller.untold() == 2U);
}

BOOST_AUTO_TEST_CASE(who_turns_over_and_over_is_told_of_seldom) {
  Told view;
  BOOST_TEST(view.linesUntilSilence() == kTurnLines);
  const uint64_t told = kTurnLines / 2;
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST((view.lives() == Line::none));
    BOOST_TEST((view.fails() == Line::none));
  }
  view.now += kTurnPause.count() - 1;
  BOOST_TEST((view.fails() == Line::none));
  view.now += 1;
  BOOST_TEST((view.fails() == Line::degraded));  // one line more, and all that no line told of
  BOOST_TEST(view.teller.untold() == view.failures - told - 1);
  BOOST_TEST((view.lives() == Line::none));
}

BOOST_AUTO_TEST_CASE(how_it_stands_at_last_is_told_in_the_end) {
  Told view;
  view.linesUntilSilence();
  view.fails();
  view.now += kTurnPause.count();
  BOOST_TEST((view.lives() == Line::liveAgain));
}

BOOST_AUTO_TEST_CASE(after_a_long_silence_it_begins_anew) {
  Told view;
  const int lines = view.linesUntilSilence();
  view.now += 100 * kTurnLines * kTurnPause.count();
  BOOST_TEST(view.linesUntilSilence() >= lines - 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
