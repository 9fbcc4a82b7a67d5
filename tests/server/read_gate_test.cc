// Reads that wait for a position, in virtual time.
#include "server/read_gate.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>

namespace facet {
namespace {

struct Gate final : GateWaker {
  void wakeAt(uint64_t position) override { wanted = position; }

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  kj::TimePoint now = kj::origin<kj::TimePoint>();
  kj::TimerImpl timer{now};
  uint64_t wanted = UINT64_MAX;
  ReadGate gate{timer, *this};

  void pass(int milliseconds) {
    now += milliseconds * kj::MILLISECONDS;
    timer.advanceTo(now);
  }
  bool isReady(kj::Promise<bool>& promise) { return promise.poll(scope); }
};

BOOST_AUTO_TEST_SUITE(read_gate)

BOOST_AUTO_TEST_CASE(a_wait_ends_when_its_position_is_visible) {
  Gate g;
  auto wait = g.gate.wait({5}, 100 * kj::MILLISECONDS);
  g.gate.release({4});
  BOOST_TEST(!g.isReady(wait));
  g.gate.release({5});
  BOOST_TEST(wait.wait(g.scope));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_its_time) {
  Gate g;
  auto wait = g.gate.wait({5}, 100 * kj::MILLISECONDS);
  g.pass(99);
  BOOST_TEST(!g.isReady(wait));
  g.pass(1);
  BOOST_TEST(!wait.wait(g.scope));
  BOOST_TEST(g.gate.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(the_least_position_is_asked_for) {
  Gate g;
  auto late = g.gate.wait({9}, 1 * kj::SECONDS);
  BOOST_TEST(g.wanted == 9U);
  {
    auto early = g.gate.wait({3}, 1 * kj::SECONDS);
    BOOST_TEST(g.wanted == 3U);
  }
  BOOST_TEST(g.wanted == 9U);
  g.gate.release({9});
  BOOST_TEST(g.wanted == UINT64_MAX);
  BOOST_TEST(late.wait(g.scope));
}

BOOST_AUTO_TEST_CASE(all_that_can_go_go_and_the_others_stay) {
  Gate g;
  auto one = g.gate.wait({1}, 1 * kj::SECONDS);
  auto two = g.gate.wait({2}, 1 * kj::SECONDS);
  auto alsoTwo = g.gate.wait({2}, 1 * kj::SECONDS);
  auto three = g.gate.wait({3}, 1 * kj::SECONDS);
  g.gate.release({2});
  BOOST_TEST(one.wait(g.scope));
  BOOST_TEST(two.wait(g.scope));
  BOOST_TEST(alsoTwo.wait(g.scope));
  BOOST_TEST(!g.isReady(three));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
