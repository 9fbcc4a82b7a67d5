// tests/cases/clock-once-ahead: a machine whose clock is wrong, at the level of the process: a
// server that libfaketime tells another time.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

/// While it lives, servers that are started believe that it is this time.
class AnotherTime {
 public:
  explicit AnotherTime(const std::string& time) {
    setenv("LD_PRELOAD", library().c_str(), 1);
    setenv("FAKETIME", ("@" + time).c_str(), 1);
    setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
  }
  ~AnotherTime() {
    for (const char* name : {"LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC"}) {
      unsetenv(name);
    }
  }
  AnotherTime(const AnotherTime&) = delete;

 private:
  static std::string library() {
    for (const auto& entry : fs::directory_iterator("/usr/lib")) {
      const fs::path found = entry.path() / "faketime/libfaketimeMT.so.1";
      if (fs::exists(found)) return found;
    }
    throw std::runtime_error("libfaketime is not installed: run ./dev setup");
  }
};

struct Machine {
  const TemporaryFolder folder;
  ServerOptions options{.model = source("tests/cases/clock-once-ahead/model"),
                        .data = folder / "data"};

  static void pay(const Server& server) {
    const Ended done = server.run({"submit", "Paid", "--set", "id=1", "owner=a", "bal=1.50"});
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  }
  /// When the events were.
  static std::vector<std::string> times(const Server& server) {
    std::vector<std::string> out;
    for (const Json& event : server.rows({"log", "show"})) out.push_back(event.at("time"));
    return out;
  }
  static std::string problems(const Server& server) {
    return server.status().value("problems", Json::array()).dump();
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const char* const kFuture = "2200-01-01 00:00:00";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(clocks, Machine)

BOOST_AUTO_TEST_CASE(a_log_that_was_written_in_the_future_is_told_of_and_served_if_that_is_wanted) {
  {
    const AnotherTime future(kFuture);
    Server server(options);
    pay(server);
    BOOST_TEST(server.stop() == 0);
  }
  const Ended refused = failToServe(options);
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(contains(refused.errors, "2200-01-01"), refused.errors);
  BOOST_TEST(contains(refused.errors, "--accept-clock"), refused.errors);
  options.more = {"--accept-clock"};
  Server server(options);
  pay(server);
  pay(server);
  BOOST_TEST(contains(server.process().errors(), "ahead of this machine's clock"));
  BOOST_TEST(contains(problems(server), "ahead of this machine's clock"), problems(server));
  BOOST_TEST(contains(problems(server), "facet restore --to-time"), problems(server));
  const std::vector<std::string> stamped = times(server);
  BOOST_TEST_REQUIRE(stamped.size() == 3U);
  for (const std::string& time : stamped) BOOST_TEST(contains(time, "2200-01-01"), time);
}

BOOST_AUTO_TEST_CASE(a_server_that_starts_in_the_future_stamps_nothing) {
  {
    Server server(options);
    pay(server);
    BOOST_TEST(server.stop() == 0);
  }
  {
    const AnotherTime future(kFuture);
    const Ended refused = failToServe(options);
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(contains(refused.errors, "more than a year before"), refused.errors);
  }
  const Server server(options);
  pay(server);
  BOOST_TEST(problems(server) == "[]");
  const std::vector<std::string> stamped = times(server);
  BOOST_TEST_REQUIRE(stamped.size() == 2U);
  for (const std::string& time : stamped) BOOST_TEST(!contains(time, "2200-"), time);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
