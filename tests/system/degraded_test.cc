// A view that a row makes fail: after any restart it stands where it stood, status and stderr say
// at which row, and what to do, and that it is live again.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

namespace data = boost::unit_test::data;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The case degraded-after-restart.
struct Accounts {
  explicit Accounts(unsigned shards = 1)
      : files(source("tests/cases/degraded-after-restart")),
        options{.model = files / "model", .data = folder / "data", .shards = shards},
        server(std::in_place, options) {}

  void pay(const std::string& id) {
    const fs::path file = files / "input" / (id + "-Paid.jsonl");
    const Ended ended = server->run({"submit", "Paid", "--jsonl", file.string()});
    BOOST_REQUIRE_MESSAGE(ended.code == 0, ended.errors);
  }
  void payAll() {
    for (const char* id : {"1", "2", "5", "7"}) pay(id);
  }
  /// The two rows that were there before the one that fails.
  void check() const {
    const Json inv = server->settled().at("views").at("inv");
    BOOST_TEST(inv.at("state") == "degraded");
    BOOST_TEST(inv.at("position") == 2);
    BOOST_TEST(has(inv.at("error"), "key (5)"), inv.dump());
    const Ended read = server->run({"scan", "inv", "--order-by", "id", "--csv"});
    BOOST_TEST(read.out == "id,q\n1,-25\n2,-33\n");
  }

  TemporaryFolder folder;
  fs::path files;
  ServerOptions options;
  std::optional<Server> server;
};

/// Waits for a line of the server's with this in it.
bool isTold(const Server& server, const std::string& part) {
  const auto deadline = Clock::now() + kPatience;
  while (!has(server.process().errors(), part)) {
    if (Clock::now() > deadline) return false;
    server.status();
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(degraded)

BOOST_DATA_TEST_CASE(it_has_its_rows_after_a_kill, data::make({1u, 3u}), shards) {
  Accounts accounts(shards);
  accounts.payAll();
  accounts.check();
  for (int i = 0; i < 2; ++i) {
    accounts.server->kill();
    accounts.server.emplace(accounts.options);
    accounts.check();
  }
}

BOOST_DATA_TEST_CASE(it_has_them_from_a_snapshot, data::make({1, 2, 3}), after) {
  Accounts accounts(2);
  for (int i = 0; const char* id : {"1", "2", "5", "7"}) {
    accounts.pay(id);
    if (++i == after) BOOST_REQUIRE(accounts.server->run({"snapshot", "create"}).code == 0);
  }
  accounts.server->kill();
  accounts.server.emplace(accounts.options);
  BOOST_TEST(accounts.server->readySnapshot() == static_cast<uint64_t>(after));
  accounts.check();
}

BOOST_AUTO_TEST_CASE(status_and_stderr_name_the_row_and_the_way_out) {
  Accounts accounts;
  accounts.payAll();
  accounts.check();
  const std::string problem =
      "view inv is degraded: division by zero in 100 / (acc.id - 5), key (5); readers see it as of "
      "position 2. A command that corrects the row of acc";
  BOOST_TEST(has(accounts.server->status().at("problems").dump(), problem),
             accounts.server->status().at("problems").dump());
  BOOST_TEST(isTold(*accounts.server, problem));
  // It says so too when it finds it at its start.
  accounts.server->kill();
  accounts.server.emplace(accounts.options);
  BOOST_TEST(isTold(*accounts.server, problem));
}

BOOST_AUTO_TEST_CASE(an_events_position_and_skip_are_named_and_that_it_lives_again) {
  const TemporaryFolder folder;
  Server server({.model = source("tests/system/models/sales"), .data = folder / "data"});
  for (const char* sale : {R"({"id":1,"shop":"A","amount":10,"parts":2})",
                           R"({"id":2,"shop":"A","amount":10,"parts":0})"}) {
    BOOST_REQUIRE(server.run({"submit", "Sale", "--jsonl", "-"}, sale).code == 0);
  }
  server.settled();
  const std::string shares =
      "division by zero in sale.amount / sale.parts, event 2; readers see it as of "
      "position 1. No command corrects an event: `facet skip shares 2`";
  const std::string perShop = "division by zero in sale.amount / sale.parts, event 2, key (A)";
  const std::string problems = server.status().at("problems").dump();
  BOOST_TEST(has(problems, shares), problems);
  BOOST_TEST(has(problems, perShop), problems);
  BOOST_TEST(isTold(server, shares));
  BOOST_TEST(isTold(server, perShop));
  BOOST_REQUIRE(server.run({"skip", "shares", "2"}).code == 0);
  BOOST_TEST(isTold(server, "view shares is live again"));
  BOOST_TEST(!has(server.status().at("problems").dump(), "view shares"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
