// `facet skip`: a view takes back an event that its SELECT fails at, for good: over kills and
// snapshots, on replicas, in verify and rebuild, in backups. And what is refused.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/system/backup.h"

namespace facet::system_test {
namespace {

namespace data = boost::unit_test::data;

ServerOptions sales(const fs::path& data, unsigned shards = 1) {
  return {.model = source("tests/system/models/sales"), .data = data, .shards = shards};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void sell(const Server& server, const std::string& lines) {
  const Ended ended = server.run({"submit", "Sale", "--jsonl", "-"}, lines);
  BOOST_REQUIRE_MESSAGE(ended.code == 0, ended.errors);
}

void setShop(const Server& server, const std::string& line) {
  const Ended ended = server.run({"submit", "ShopSet", "--jsonl", "-"}, line);
  BOOST_REQUIRE_MESSAGE(ended.code == 0, ended.errors);
}

std::string sale(int id, int amount, int parts, const std::string& shop = "A") {
  return R"({"id":)" + std::to_string(id) + R"(,"shop":")" + shop + R"(","amount":)" +
         std::to_string(amount) + R"(,"parts":)" + std::to_string(parts) + "}\n";
}

const char* const kShopA = R"({"shop":"A","region":"North","desks":2})";
/// What is bad is at the positions 3 and 5, after the shop and a good sale.
const std::string kBefore = sale(1, 10, 2);
const std::string kBad = sale(2, 90, 0) + sale(3, 40, 4, "B") + sale(4, 70, 0);
const std::string kAfter = sale(5, 60, 3, "B");
/// All of them but the bad ones.
const std::string kGood = sale(1, 10, 2) + sale(3, 40, 4, "B") + sale(5, 60, 3, "B");
const char* const kShares[] = {"shares", "per_shop", "per_region"};

Json view(const Server& server, const std::string& name) {
  return server.settled().at("views").at(name);
}

Json skip(const Server& server, const std::string& name, int position) {
  return server.row({"skip", name, std::to_string(position)});
}

void checkRefused(const Server& server, const Words& words, const std::string& said) {
  const Json before = server.status();
  Words all{"skip"};
  all.insert(all.end(), words.begin(), words.end());
  const Ended ended = server.run(all);
  BOOST_TEST(ended.code == 1, ended.out);
  BOOST_TEST(has(ended.errors, said), ended.errors);
  BOOST_TEST(server.status().at("position") == before.at("position"));
}

/// What a server's views hold that never got the bad events.
std::map<std::string, std::string> goodDigests() {
  const TemporaryFolder folder;
  const Server server(sales(folder / "data"));
  setShop(server, kShopA);
  sell(server, kGood);
  return server.digests();
}

/// The views that fail at the bad events are live, and have the rows of all others.
void checkWithout(const Server& server) {
  static const auto kExpected = goodDigests();
  const Json views = server.settled().at("views");
  for (const char* name : kShares) {
    const Json& view = views.at(name);
    BOOST_TEST(view.at("state") == "live", view.dump());
    BOOST_TEST(view.at("digest") == kExpected.at(name), name);
    BOOST_TEST((view.at("skipped") == Json{3, 5}), view.dump());
  }
  BOOST_TEST(server.run({"verify"}).code == 0);
}

void skipBoth(const Server& server) {
  for (const char* name : kShares) {
    BOOST_TEST(view(server, name).at("state") == "degraded");
    BOOST_TEST(view(server, name).at("position") == 2);
    // One error remains: the view stands where it stood.
    const Json first = skip(server, name, 3);
    BOOST_TEST(first.at("state") == "degraded", first.dump());
    BOOST_TEST(has(first.at("error"), "event 5"), first.dump());
    BOOST_TEST(view(server, name).at("position") == 2);
    const Json second = skip(server, name, 5);
    BOOST_TEST(second.at("state") == "live", second.dump());
    BOOST_TEST(view(server, name).at("state") == "live");
  }
}

std::unique_ptr<Server> badSales(const ServerOptions& options) {
  auto server = std::make_unique<Server>(options);
  setShop(*server, kShopA);
  sell(*server, kBefore);
  sell(*server, kBad);
  return server;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(skipping)

BOOST_DATA_TEST_CASE(views_live_again_without_their_bad_events, data::make({1u, 3u}), shards) {
  const TemporaryFolder folder;
  const ServerOptions options = sales(folder / "data", shards);
  auto server = badSales(options);
  skipBoth(*server);
  sell(*server, kAfter);
  checkWithout(*server);
  // The log goes on over the positions of the records.
  const auto events = server->rows({"log", "show", "--from", "1"});
  BOOST_TEST(events.size() == 6u);
  BOOST_TEST(events.back().at("position") == 12);
  for (const char* name : kShares) BOOST_TEST(server->run({"rebuild", name}).code == 0);
  checkWithout(*server);
  server->kill();
  server = std::make_unique<Server>(options);
  checkWithout(*server);
  BOOST_TEST(server->stop() == 0);
  checkWithout(Server(sales(folder / "data", 4 - shards)));
}

BOOST_DATA_TEST_CASE(a_kill_between_two_records_keeps_the_first, data::make({1u, 3u}), shards) {
  const TemporaryFolder folder;
  const ServerOptions options = sales(folder / "data", shards);
  auto server = badSales(options);
  for (const char* name : kShares) skip(*server, name, 3);
  server->kill();
  server = std::make_unique<Server>(options);
  for (const char* name : kShares) {
    const Json degraded = view(*server, name);
    BOOST_TEST(degraded.at("state") == "degraded");
    BOOST_TEST(degraded.at("position") == 2);
    BOOST_TEST(has(degraded.at("error"), "event 5"), degraded.dump());
    BOOST_TEST(skip(*server, name, 5).at("state") == "live");
  }
  sell(*server, kAfter);
  checkWithout(*server);
}

BOOST_DATA_TEST_CASE(snapshots_from_before_between_and_after_the_records_give_the_same,
                     data::make({0, 1, 2}), when) {
  const TemporaryFolder folder;
  const ServerOptions options = sales(folder / "data", 3);
  auto server = badSales(options);
  const auto snapshot = [&](int now) {
    if (now == when) BOOST_REQUIRE(server->run({"snapshot", "create"}).code == 0);
  };
  snapshot(0);
  for (const char* name : kShares) skip(*server, name, 3);
  snapshot(1);
  for (const char* name : kShares) BOOST_TEST(skip(*server, name, 5).at("state") == "live");
  snapshot(2);
  sell(*server, kAfter);
  server->kill();
  server = std::make_unique<Server>(sales(folder / "data", 2));
  BOOST_TEST(server->readySnapshot() > 0u);
  checkWithout(*server);
  checkRefused(*server, {"shares", "3"}, "skips position 3 already");
}

BOOST_AUTO_TEST_CASE(replicas_skip_what_the_log_says) {
  const TemporaryFolder folder;
  auto primary = badSales(sales(folder / "primary", 2));
  BOOST_REQUIRE(primary->run({"snapshot", "create"}).code == 0);
  // With the snapshot from before the records; the log before it is not there.
  const Server replica(replicaOf(primary->address(), folder / "replica", 3));
  BOOST_TEST(view(replica, "shares").at("state") == "degraded");
  checkRefused(replica, {"shares", "3"}, "this node is a replica");
  skipBoth(*primary);
  sell(*primary, kAfter);
  checkWithout(*primary);
  caughtUp(replica, *primary);
  checkWithout(replica);
  // One that takes the whole log, and one that has only a snapshot from after the records.
  const Server chained(replicaOf(replica.address(), folder / "chained"));
  caughtUp(chained, *primary);
  checkWithout(chained);
  BOOST_TEST(caughtUp(replica, *primary).at("upstream").at("digests_differed") == 0);
}

BOOST_AUTO_TEST_CASE(a_backup_has_the_records_and_a_restore_to_before_them_has_not) {
  const TemporaryFolder folder;
  auto server = badSales(sales(folder / "data", 2));
  skipBoth(*server);
  sell(*server, kAfter);
  backUp(*server, folder / "backup");
  restore(folder / "backup", folder / "all");
  checkWithout(Server(sales(folder / "all")));
  // Of the first view the first record is there (position 6), then both (position 7).
  restore(folder / "backup", folder / "one", {"--to-position", "6"});
  const Server one(sales(folder / "one"));
  BOOST_TEST(view(one, "shares").at("state") == "degraded");
  BOOST_TEST((view(one, "shares").at("skipped") == Json{3}));
  restore(folder / "backup", folder / "two", {"--to-position", "7"});
  const Server two(sales(folder / "two"));
  BOOST_TEST(view(two, "shares").at("state") == "live");
  BOOST_TEST(view(two, "per_shop").at("state") == "degraded");
  restore(folder / "backup", folder / "none", {"--to-position", "5"});
  const Server none(sales(folder / "none"));
  BOOST_TEST(!view(none, "shares").contains("skipped"));
}

BOOST_DATA_TEST_CASE(a_row_whose_key_another_has_and_a_group_are_helped_too, data::make({1u, 3u}),
                     shards) {
  const TemporaryFolder folder;
  const ServerOptions options = sales(folder / "data", shards);
  auto server = std::make_unique<Server>(options);
  sell(*server, sale(1, 10, 1) + sale(2, 20, 1, "B"));
  sell(*server, sale(1, 30000, 1) + sale(4, 20000, 1) + sale(5, 1, 1, "B"));
  BOOST_TEST(view(*server, "by_id").at("state") == "degraded");
  BOOST_TEST(view(*server, "totals").at("state") == "degraded");
  checkRefused(*server, {"by_id", "4"}, "is not what view by_id fails at");
  checkRefused(*server, {"totals", "5"}, "is not what view totals fails at");
  BOOST_TEST(skip(*server, "by_id", 3).at("state") == "live");
  BOOST_TEST(server->run({"scan", "by_id", "--order-by", "id", "--csv"}).out ==
             "id,amount\n1,10\n2,20\n4,20000\n5,1\n");
  BOOST_TEST(skip(*server, "totals", 3).at("state") == "live");
  const std::string totals = "shop,total\nA,20010\nB,21\n";
  BOOST_TEST(server->run({"scan", "totals", "--order-by", "shop", "--csv"}).out == totals);
  server->kill();
  server = std::make_unique<Server>(options);
  BOOST_TEST(server->run({"scan", "totals", "--order-by", "shop", "--csv"}).out == totals);
  BOOST_TEST(server->run({"verify"}).code == 0);
}

BOOST_AUTO_TEST_CASE(what_does_not_help_is_refused_and_nothing_is_recorded) {
  const TemporaryFolder folder;
  auto server = badSales(sales(folder / "data", 2));
  checkRefused(*server, {"nobody", "3"}, "there is no view \"nobody\"");
  checkRefused(*server, {"by_id", "3"}, "view by_id is not degraded");
  checkRefused(*server, {"shares", "2"}, "view shares is degraded after position 2");
  checkRefused(*server, {"shares", "99"}, "position 99 is not what it fails at");
  checkRefused(*server, {"shares", "4"}, "is not what view shares fails at");
  checkRefused(*server, {"per_shop", "4"}, "does not fail by itself");
  setShop(*server, R"({"shop":"B","region":"South","desks":0})");
  checkRefused(*server, {"shares", "6"}, "position 6 is an event ShopSet");
  checkRefused(*server, {"per_desk", "6"}, "reads the table shops");
  skip(*server, "shares", 3);
  checkRefused(*server, {"shares", "3"}, "skips position 3 already");
  checkRefused(*server, {"shares", "7"}, "at position 7 there is no event");
  // A maximum that is too large: no event can be taken out of it.
  sell(*server, sale(9, 40000, 1));
  checkRefused(*server, {"tops", "8"}, "can't take back");
}

// A view of the name with another SELECT, which copes with the event, has it again.
BOOST_AUTO_TEST_CASE(another_select_is_another_view) {
  const TemporaryFolder folder;
  ServerOptions options = sales(folder / "data");
  auto server = badSales(options);
  skip(*server, "shares", 3);
  skip(*server, "shares", 5);
  BOOST_TEST(server->stop() == 0);
  fs::copy(options.model, folder / "model");
  options.model = folder / "model";
  std::string views = readFile(options.model / "views.sql");
  const std::string failing = "amount / parts AS share FROM sale;";
  views.replace(views.find(failing), failing.size(),
                "amount / nullif(parts, 0) AS share FROM sale;");
  writeFile(options.model / "views.sql", views);
  server = std::make_unique<Server>(options);
  const Json shares = view(*server, "shares");
  BOOST_TEST(shares.at("rows") == 4);
  BOOST_TEST(!shares.contains("skipped"));
  BOOST_TEST(server->run({"verify"}).code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
