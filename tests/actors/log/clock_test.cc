// What a clock that is wrong can do to the times of commits: it is seen, told, and not believed.
#include <boost/test/unit_test.hpp>

#include "actors/log/commit_clock.h"
#include "actors/log/limits.h"
#include "storage/event_log.h"
#include "tests/actors/bank.h"
#include "tests/actors/test_clock.h"

namespace facet::test {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kOneDay = std::chrono::microseconds(kDay).count();
constexpr int64_t kToday = 1'790'000'000 * kSecond;
constexpr int64_t kCenturies = 174 * 365 * kOneDay;

/// A machine's clocks.
struct Machine {
  int64_t wall = kToday;
  int64_t boot = 5 * kSecond;
  TestClock wallClock{wall};
  TestClock bootClock{boot};

  Clocks clocks() {
    Clocks out;
    out.wall = &wallClock;
    out.boot = &bootClock;
    return out;
  }
  void pass(int64_t time) {
    wall += time;
    boot += time;
  }
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A node with this clock; it writes an event.
struct ClockedBank {
  Bank bank;

  ClockedBank(const std::filesystem::path& data, Machine& machine, bool accept = false)
      : bank(data, 1, 0, "", [&](NodeOptions& options) {
          options.clocks = machine.clocks();
          options.acceptClock = accept;
        }) {}

  int64_t write() {
    CommandBatch batch;
    bank.add(batch, "SetAccount", {1, 1});
    bank.outcomes.submit(*bank.node, std::move(batch));
    bank.outcomes.waitForAll();
    return bank.node->log().end().time;
  }
  bool hasProblem(const std::string& part) {
    const std::vector<std::string> problems = bank.node->status().problems;
    return std::any_of(problems.begin(), problems.end(),
                       [&](const std::string& problem) { return says(problem, part); });
  }
};

std::string refusal(const std::filesystem::path& data, Machine& machine) {
  try {
    ClockedBank bank(data, machine);
  } catch (const LogFailed& e) {
    return e.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(clocks)

BOOST_AUTO_TEST_CASE(time_that_passes_and_small_corrections_are_believed) {
  Machine machine;
  CommitClock clock(machine.clocks());
  for (int i = 0; i < 100; ++i) {
    machine.pass(40 * kOneDay);
    machine.wall += i % 2 == 0 ? kOneDay / 2 : -kOneDay / 2;
    BOOST_TEST(clock.now() == machine.wall);
    BOOST_TEST(clock.problem() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_jump_is_not_believed_and_told_until_it_is_over) {
  for (const int64_t jump : {kCenturies, -2 * kOneDay}) {
    Machine machine;
    CommitClock clock(machine.clocks());
    machine.wall += jump;
    machine.pass(3 * kSecond);
    BOOST_TEST(clock.now() == kToday + 3 * kSecond);
    BOOST_TEST(says(clock.problem(), jump > 0 ? "jumped 63510 days ahead" : "jumped 2 days back"));
    machine.pass(kSecond);
    BOOST_TEST(clock.now() == kToday + 4 * kSecond);
    machine.wall -= jump;
    BOOST_TEST(clock.now() == machine.wall);
    BOOST_TEST(clock.problem() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_start_compares_the_clock_with_the_last_commit) {
  BOOST_TEST(clockProblem(kToday, kToday) == "");
  BOOST_TEST(clockProblem(kToday, kToday + kOneDay) == "");
  BOOST_TEST(clockProblem(kToday + 366 * kOneDay, kToday) == "");
  BOOST_TEST(says(clockProblem(kToday, kToday + kOneDay + 1), "--accept-clock"));
  BOOST_TEST(says(clockProblem(kToday + 367 * kOneDay, kToday), "--accept-clock"));
}

BOOST_AUTO_TEST_CASE(a_log_whose_last_time_is_ahead_is_served_only_if_that_is_accepted) {
  const TemporaryFolder folder;
  Machine machine;
  machine.wall += kCenturies;
  BOOST_TEST(ClockedBank(folder.path / "data", machine).write() == machine.wall);
  machine.wall = kToday;
  BOOST_TEST(says(refusal(folder.path / "data", machine), "--accept-clock"));
  ClockedBank accepted(folder.path / "data", machine, true);
  BOOST_TEST(accepted.bank.told("ahead of this machine's clock"));
  BOOST_TEST(accepted.hasProblem("ahead of this machine's clock"));
  BOOST_TEST(accepted.write() == kToday + kCenturies);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_ahead_at_a_start_or_jumps_later_stamps_nothing) {
  const TemporaryFolder folder;
  Machine machine;
  {
    ClockedBank bank(folder.path / "data", machine);
    BOOST_TEST(bank.write() == kToday);
    machine.wall += kCenturies;
    machine.pass(kSecond);
    BOOST_TEST(bank.hasProblem("has jumped"));
    BOOST_TEST(bank.write() == kToday + kSecond);
  }
  BOOST_TEST(says(refusal(folder.path / "data", machine), "more than a year before"));
  machine.wall -= kCenturies;
  machine.pass(20 * kOneDay);
  ClockedBank bank(folder.path / "data", machine);
  BOOST_TEST(bank.write() == machine.wall);
  BOOST_TEST(!bank.hasProblem("clock"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
