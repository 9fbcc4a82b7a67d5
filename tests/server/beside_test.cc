// Calls that take long, beside the event loop.
#include <future>
#include <stdexcept>

#include "server/limits.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(beside, ServerFixture)

BOOST_AUTO_TEST_CASE(a_call_is_done_or_says_why_not) {
  int done = 0;
  wait(thread->beside([&] { ++done; }));
  BOOST_TEST(done == 1);
  const ClientError error =
      failure(thread->beside([] { throw std::runtime_error("the disk is gone"); }));
  BOOST_TEST(contains(error.what(), "the disk is gone"));
}

BOOST_AUTO_TEST_CASE(calls_that_take_long_are_not_in_the_way_of_a_look) {
  std::promise<void> released;
  const std::shared_future<void> release = released.get_future();
  std::vector<kj::Promise<void>> taken;
  for (size_t i = 0; i < kMaxBeside; ++i) {
    taken.push_back(thread->beside([release] { release.wait(); }));
  }
  BOOST_TEST(contains(failure(kj::evalNow([&] { return thread->beside([] {}); })).what(),
                      "overloaded: too many snapshots"));
  int looks = 0;
  wait(thread->look([&] { ++looks; }));
  BOOST_TEST(looks == 1);
  released.set_value();
  for (auto& call : taken) wait(kj::mv(call));
}

// Calls outlive their connections: what one still holds must go before the node does.
BOOST_AUTO_TEST_CASE(nobody_waits_for_a_call_once_the_node_has_stopped) {
  bool ended = false;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  auto call = thread->beside([&] { ended = true; })
                  .then([held]() {}, [held](kj::Exception&&) {})
                  .eagerlyEvaluate(nullptr);
  held.reset();
  thread->abandon();
  BOOST_TEST(ended);
  settle();
  BOOST_TEST(watched.expired());
  BOOST_TEST(contains(failure(kj::evalNow([&] { return thread->beside([] {}); })).what(),
                      "shutting down"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
