// Readers that pause: a scan whose cut the server no longer keeps goes on by itself.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <set>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

constexpr uint64_t kRows = 150'000;

std::string rowLines(uint64_t rows) {
  std::string csv = "id,owner,bal\n";
  for (uint64_t i = 1; i <= rows; ++i) csv += fmt::format("{},o{},{}.25\n", i, i % 7, i);
  return csv;
}

void load(const Server& server, uint64_t rows) {
  const Ended done = server.run({"submit", "Paid", "--csv", "-"}, rowLines(rows));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  server.settled();
}

/// Time in which the server has nothing to say: that is what is tried.
void pass(Server& server, std::chrono::seconds time) {
  BOOST_REQUIRE(!server.process().readLine(Clock::now() + time));
}

ServerOptions paid(const fs::path& folder) {
  return {.model = source("tests/cases/scan-slow-consumer/model"), .data = folder, .shards = 2};
}

/// Every row once, behind the heading.
void checkRows(const std::string& heading, const std::string& rest) {
  BOOST_TEST(heading == "id,owner,bal");
  std::set<std::string> ids;
  std::istringstream in(rest);
  uint64_t lines = 0;
  for (std::string line; std::getline(in, line); ++lines)
    ids.insert(line.substr(0, line.find(',')));
  BOOST_TEST(lines == kRows);
  BOOST_TEST(ids.size() == kRows);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(slow_reader)

BOOST_AUTO_TEST_CASE(a_scan_to_a_reader_that_pauses_goes_on_by_itself) {
  const TemporaryFolder folder;
  Server server(paid(folder / "data"));
  load(server, kRows);
  Process scan = server.begin({"scan", "each", "--csv"});
  Process still = server.begin({"scan", "each", "--csv", "--one-position"});
  Process sorted = server.begin({"scan", "each", "--csv", "--order-by", "bal"});
  const auto heading = scan.readLine();
  BOOST_REQUIRE(heading);
  BOOST_REQUIRE(still.readLine());
  BOOST_REQUIRE(sorted.readLine());
  pass(server, std::chrono::seconds(20));
  // The position moves on, and every row that was there is given all the same.
  BOOST_TEST(server.run({"submit", "Paid", "--set", "id=5", "owner=x", "bal=1"}).code == 0);
  pass(server, std::chrono::seconds(16));
  checkRows(*heading, scan.readAll());
  BOOST_TEST(scan.wait() == 0, scan.errors());
  const std::string moved =
      fmt::format("as of position {}, those that follow as of {}", kRows, kRows + 1);
  BOOST_TEST((scan.errors().find(moved) != std::string::npos), scan.errors());
  still.readAll();
  BOOST_TEST(still.wait() == 1);
  BOOST_TEST((still.errors().find("cursor expired") != std::string::npos), still.errors());
  sorted.readAll();
  BOOST_TEST(sorted.wait() == 1);
  BOOST_TEST((sorted.errors().find("its rows were sorted") != std::string::npos), sorted.errors());
}

BOOST_AUTO_TEST_CASE(a_scan_goes_on_at_the_next_address_when_its_server_stops) {
  const TemporaryFolder folder;
  Server primary(paid(folder / "primary"));
  Server replica(replicaOf(primary.address(), folder / "replica", 2));
  load(primary, kRows);
  caughtUp(replica, primary);
  for (Server* stops : {&primary, &replica}) {
    Server& stays = stops == &primary ? replica : primary;
    // It may be at the other one: then nothing happens to it.
    Process scan({program(), "scan", "each", "--csv", "--address",
                  stops->address() + "," + stays.address()});
    const auto heading = scan.readLine();
    BOOST_REQUIRE(heading);
    stops->process().signal(SIGSTOP);
    checkRows(*heading, scan.readAll());
    BOOST_TEST(scan.wait() == 0, scan.errors());
    stops->process().signal(SIGCONT);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
