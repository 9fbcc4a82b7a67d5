// The load loop in virtual time.
#include "bench/load_loop.h"

#include <kj/debug.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>

namespace facet {
namespace {

constexpr uint64_t kMs = 1'000'000;

/// Time goes on when nothing else is to be done, to the next moment that somebody waits for.
class VirtualClock final : public LoadClock {
 public:
  uint64_t now() override { return now_; }
  kj::Promise<void> until(uint64_t at) override {
    auto waiter = kj::newPromiseAndFulfiller<void>();
    waiters_.emplace(std::max(at, now_), kj::mv(waiter.fulfiller));
    if (waiters_.size() == 1) tick();
    return kj::mv(waiter.promise);
  }

 private:
  void tick() {
    ticking_ = kj::evalLast([this]() {
                 auto first = waiters_.begin();
                 now_ = first->first;
                 first->second->fulfill();
                 waiters_.erase(first);
                 if (!waiters_.empty()) tickAgain();
               }).eagerlyEvaluate(nullptr);
  }
  void tickAgain() {
    again_ = kj::evalLater([this]() { tick(); }).eagerlyEvaluate(nullptr);
  }

  uint64_t now_ = kMs;
  std::multimap<uint64_t, kj::Own<kj::PromiseFulfiller<void>>> waiters_;
  kj::Promise<void> ticking_ = nullptr;
  kj::Promise<void> again_ = nullptr;
};

/// A server that takes a firm time for a request, one after the other.
class SlowServer final : public Requests {
 public:
  SlowServer(VirtualClock& clock, uint64_t each) : clock_(clock), each_(each) {}

  kj::Promise<void> send(unsigned connection, unsigned operations) override {
    if (failing) return KJ_EXCEPTION(FAILED, "the server says no");
    sizes.push_back(operations);
    mostUnderWay = std::max(mostUnderWay, ++underWay_[connection]);
    free_ = std::max(free_, clock_.now()) + each_;
    return clock_.until(free_).then([this, connection]() { --underWay_[connection]; });
  }

  bool failing = false;
  std::vector<unsigned> sizes;
  unsigned mostUnderWay = 0;  // on one connection

 private:
  VirtualClock& clock_;
  uint64_t each_;
  uint64_t free_ = 0;
  std::map<unsigned, unsigned> underWay_;
};

struct LoopFixture {
  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock;
  SlowServer server{clock, 10 * kMs};

  Measured run(const LoadPlan& plan) {
    LoadLoop load(plan, server, clock);
    load.run().wait(scope);
    return load.measured();
  }
};

double ms(uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / kMs;
}

BOOST_AUTO_TEST_SUITE(load_loop)

BOOST_FIXTURE_TEST_CASE(exactly_the_operations_asked_for_are_done, LoopFixture) {
  const Measured done =
      run({.connections = 2, .inFlight = 2, .perRequest = 300, .operations = 1'000});
  BOOST_TEST(done.operations == 1'000U);
  BOOST_TEST(done.latency.count() == 1'000U);
  BOOST_TEST((server.sizes == std::vector<unsigned>{300, 300, 300, 100}));
}

BOOST_FIXTURE_TEST_CASE(a_closed_loop_keeps_its_requests_under_way_and_no_more, LoopFixture) {
  const Measured done = run({.connections = 3, .inFlight = 2, .perRequest = 1, .operations = 60});
  BOOST_TEST(server.mostUnderWay == 2U);
  BOOST_TEST(done.seconds == 0.6, boost::test_tools::tolerance(1e-9));
  // Five others are before it, once all are under way.
  BOOST_TEST(ms(done.latency.greatest()) == 60.0, boost::test_tools::tolerance(0.01));
}

BOOST_FIXTURE_TEST_CASE(it_ends_when_the_time_is_over_and_all_is_answered, LoopFixture) {
  const Measured done = run({.connections = 1, .inFlight = 1, .perRequest = 5, .seconds = 0.095});
  BOOST_TEST(done.operations == 50U);
  BOOST_TEST(done.seconds == 0.1, boost::test_tools::tolerance(1e-9));
}

BOOST_FIXTURE_TEST_CASE(an_open_loop_that_is_slower_than_the_server_sees_its_service_time,
                        LoopFixture) {
  const Measured done = run({.connections = 1,
                             .inFlight = 8,
                             .perRequest = 1,
                             .operations = 20,
                             .seconds = 0,
                             .rate = 50});
  BOOST_TEST(ms(done.latency.greatest()) == 10.0, boost::test_tools::tolerance(0.01));
  BOOST_TEST(done.seconds == 19 * 0.02 + 0.01, boost::test_tools::tolerance(1e-6));
}

BOOST_FIXTURE_TEST_CASE(an_open_loop_counts_the_wait_for_a_server_that_is_too_slow, LoopFixture) {
  // Planned every 5 ms, done every 10 ms, one under way: the last of 100 is sent 495 ms late.
  const Measured done = run({.connections = 1,
                             .inFlight = 1,
                             .perRequest = 1,
                             .operations = 100,
                             .seconds = 0,
                             .rate = 200});
  BOOST_TEST(ms(done.service.greatest()) == 10.0, boost::test_tools::tolerance(0.01));
  BOOST_TEST(ms(done.latency.greatest()) == 505.0, boost::test_tools::tolerance(0.01));
}

BOOST_FIXTURE_TEST_CASE(a_request_that_fails_ends_the_run_with_its_reason, LoopFixture) {
  server.failing = true;
  LoadLoop load({.operations = 10}, server, clock);
  BOOST_CHECK_EXCEPTION(load.run().wait(scope), kj::Exception, [](const kj::Exception& why) {
    return std::string(why.getDescription().cStr()).find("says no") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
