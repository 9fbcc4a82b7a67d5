// Who has its turn when; jobs that end, fail, are dropped, are late, and what becomes of them when
// the pool stops.
#include "server/read_pool.h"

#include <kj/async-io.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "server/fault.h"

namespace facet::test {
namespace {

BOOST_AUTO_TEST_SUITE(fair_queue)

std::string drained(FairQueue<char>& queue) {
  std::string out;
  while (!queue.empty()) out += queue.pop();
  return out;
}

BOOST_AUTO_TEST_CASE(clients_take_turns_and_each_keeps_its_order) {
  FairQueue<char> queue;
  for (const char item : {'a', 'b', 'c'}) queue.push(1, item);
  queue.push(2, 'x');
  queue.push(3, 'y');
  BOOST_TEST(drained(queue) == "axybc");
}

BOOST_AUTO_TEST_CASE(what_comes_back_waits_behind_the_others) {
  FairQueue<char> queue;
  queue.push(1, 'a');
  queue.push(2, 'x');
  std::string seen;
  for (int i = 0; i < 6; ++i) {
    const char item = queue.pop();
    seen += item;
    queue.push(item == 'a' ? 1 : 2, item);
  }
  BOOST_TEST(seen == "axaxax");
}

BOOST_AUTO_TEST_CASE(an_item_can_be_taken_out) {
  FairQueue<char> queue;
  queue.push(1, 'a');
  queue.push(2, 'x');
  queue.push(2, 'y');
  BOOST_TEST(!queue.remove(1, 'x'));
  BOOST_TEST(queue.remove(2, 'x'));
  BOOST_TEST(queue.remove(1, 'a'));
  BOOST_TEST(!queue.remove(1, 'a'));
  BOOST_TEST(drained(queue) == "y");
}

BOOST_AUTO_TEST_SUITE_END()

/// Runs what the test says, until it says false; counts those that are there.
class FakeJob final : public ReadPool::Job {
 public:
  using Step = std::function<bool(const std::atomic<bool>& stop)>;
  explicit FakeJob(Step step) : step_(std::move(step)) { ++alive; }
  ~FakeJob() noexcept(false) override { --alive; }
  bool step() override {
    ++steps;
    return step_(stopAsked());
  }

  std::string tooLate(kj::Duration) const override { return "too late"; }

  static inline std::atomic<int> alive{0};
  std::atomic<int> steps{0};

 private:
  Step step_;
};

struct PoolFixture {
  PoolFixture() : io(kj::setupAsyncIo()), pool(io.unixEventPort, timer(), 1) {}
  ~PoolFixture() {
    pool.stop();
    BOOST_TEST(FakeJob::alive == 0);
  }

  kj::Timer& timer() { return io.provider->getTimer(); }
  kj::Promise<kj::Own<ReadPool::Job>> run(uint64_t client, FakeJob::Step step,
                                          kj::Duration most = 60 * kj::SECONDS) {
    return pool.run(client, kj::heap<FakeJob>(std::move(step)), most);
  }
  template <typename Condition>
  bool eventually(Condition&& condition) {
    for (int i = 0; i < 5000 && !condition(); ++i) {
      timer().afterDelay(1 * kj::MILLISECONDS).wait(io.waitScope);
    }
    return condition();
  }
  std::string failure(kj::Promise<kj::Own<ReadPool::Job>> promise) {
    KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] { promise.wait(io.waitScope); })) {
      return exception->getDescription().cStr();
    }
    return "no failure";
  }

  kj::AsyncIoContext io;
  ReadPool pool;
};

bool untilStopped(const std::atomic<bool>& stop) {
  while (!stop) std::this_thread::yield();
  return true;
}

BOOST_FIXTURE_TEST_SUITE(read_pool, PoolFixture)

BOOST_AUTO_TEST_CASE(a_job_runs_until_it_is_done_and_comes_back) {
  int left = 5;
  auto job = run(1, [&left](const auto&) { return --left > 0; }).wait(io.waitScope);
  BOOST_TEST(job.downcast<FakeJob>()->steps == 5);
  BOOST_TEST(pool.idle());
}

BOOST_AUTO_TEST_CASE(what_a_job_throws_is_its_end) {
  BOOST_TEST(failure(run(1, [](const auto&) -> bool { throwFailed("no such column"); })) ==
             "no such column");
  BOOST_TEST(failure(run(1, [](const auto&) -> bool { throw std::bad_alloc(); })) != "no failure");
  run(1, [](const auto&) { return false; }).wait(io.waitScope);  // the thread is still there
}

BOOST_AUTO_TEST_CASE(a_short_job_passes_the_long_ones_of_another_client) {
  std::atomic<bool> enough{false};
  const auto longJob = [&enough](const auto& stop) { return !enough && !stop; };
  std::vector<kj::Promise<kj::Own<ReadPool::Job>>> hog;
  for (int i = 0; i < 20; ++i) hog.push_back(run(1, longJob));
  run(2, [](const auto&) { return false; }).wait(io.waitScope);
  enough = true;
  for (auto& promise : hog) promise.wait(io.waitScope);
}

BOOST_AUTO_TEST_CASE(a_job_that_nobody_waits_for_is_stopped_inside_of_its_slice) {
  std::atomic<bool> began{false};
  {
    auto promise = run(1, [&began](const auto& stop) {
      began = true;
      return untilStopped(stop);
    });
    auto queued = run(1, untilStopped);
    BOOST_TEST(eventually([&] { return began.load(); }));
  }
  BOOST_TEST(eventually([&] { return pool.idle(); }));
  BOOST_TEST(FakeJob::alive == 0);
}

BOOST_AUTO_TEST_CASE(a_job_that_is_late_says_so_whether_it_runs_or_waits) {
  auto running = run(1, untilStopped, 20 * kj::MILLISECONDS);
  auto waiting = run(2, untilStopped, 10 * kj::MILLISECONDS);
  BOOST_TEST(failure(kj::mv(waiting)).find("too late") != std::string::npos);
  BOOST_TEST(failure(kj::mv(running)).find("too late") != std::string::npos);
  BOOST_TEST(pool.idle());
}

BOOST_AUTO_TEST_CASE(stopping_ends_all_of_them) {
  auto running = run(1, untilStopped);
  auto waiting = run(2, untilStopped);
  pool.stop();
  BOOST_TEST(failure(kj::mv(running)).find("stopping") == 0U);
  BOOST_TEST(failure(kj::mv(waiting)).find("stopping") == 0U);
  BOOST_TEST(failure(run(1, [](const auto&) { return false; })).find("stopping") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
