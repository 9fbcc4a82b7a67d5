// A server's life beside its clients: it ends as asked, shows what it has acknowledged, and takes a
// model with another view.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// A load that takes longer than it takes to see its first acknowledgement.
constexpr uint64_t kLongLoad = 50'000;

fs::path copyOfModel(const TemporaryFolder& folder) {
  fs::copy(source("tests/system/models/counter"), folder / "model");
  return folder / "model";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(serving)

BOOST_AUTO_TEST_CASE(sigterm_under_load_ends_it_in_time_with_everything_acknowledged_kept) {
  const TemporaryFolder folder;
  uint64_t acknowledged = 0;
  {
    Server server(counter(folder / "data"));
    Process submit = server.begin(submitEntries({}, 50), entryLines({1, kLongLoad}));
    BOOST_REQUIRE(submit.readLine());
    const auto asked = Clock::now();
    BOOST_TEST(server.stop() == 0, server.process().errors());
    BOOST_TEST((Clock::now() - asked < std::chrono::seconds(5)));
    for (const Json& line : jsonLines(submit.readAll())) acknowledged = line.at("accepted");
    BOOST_TEST(submit.wait() == 6, submit.errors());
    BOOST_TEST(acknowledged < kLongLoad);
  }
  const Server again(counter(folder / "data"));
  BOOST_TEST(again.readyPosition() >= acknowledged);
  checkShown(again, again.readyPosition());
}

BOOST_AUTO_TEST_CASE(it_ends_at_once_when_nobody_is_there) {
  const TemporaryFolder folder;
  Server server(counter(folder / "data"));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!fs::exists(folder / "data.socket"));
}

BOOST_AUTO_TEST_CASE(the_ready_line_is_json_whatever_the_path_of_its_socket) {
  const TemporaryFolder folder;
  ServerOptions options = counter(folder / "data");
  options.listen = "unix:" + (folder / R"(a "quoted\" socket)").string();
  Server server(options);
  BOOST_TEST(server.address() == options.listen);
  BOOST_TEST(server.status().at("position") == 0);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_read_with_the_token_of_a_submit_sees_it) {
  const TemporaryFolder folder;
  const Server server(counter(folder / "data", 3));
  for (uint64_t i = 1; i <= 200; ++i) {
    const Ended done = server.run(submitEntries(), entryLines({i, 1}));
    BOOST_REQUIRE(done.code == 0);
    const std::string token = jsonLines(done.out).back().at("token");
    const Json row = server.row({"get", "kept", std::to_string(i), "--at-least", token});
    BOOST_REQUIRE(row.at("id") == std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(a_view_that_is_added_is_filled_from_the_log) {
  const TemporaryFolder folder;
  ServerOptions options = counter(folder / "data", 2);
  options.model = copyOfModel(folder);
  {
    Server server(options);
    BOOST_TEST(server.run(submitEntries(), entryLines({1, 1000})).code == 0);
    BOOST_TEST(server.stop() == 0);
  }
  const fs::path views = options.model / "views.sql";
  writeFile(views, readFile(views) +
                       "CREATE MATERIALIZED VIEW large AS SELECT bucket, count(*) AS entries\n"
                       "  FROM entry_added WHERE amount > 5 GROUP BY bucket;\n");
  {
    Server server(options);
    const auto rows = server.rows({"scan", "large", "--order-by", "bucket"});
    BOOST_TEST(rows.size() == 7U);
    uint64_t entries = 0;
    for (const Json& row : rows) entries += std::stoull(row.at("entries").get<std::string>());
    BOOST_TEST(entries == 500U);  // amounts are 0.01 to 10.00, each once
    BOOST_TEST(server.run(submitEntries(), entryLines({1001, 1000})).code == 0);
    checkShown(server, 2000);
    BOOST_TEST(server.stop() == 0);
  }
  const Server again(options);
  checkShown(again, 2000);
  BOOST_TEST(again.rows({"scan", "large"}).size() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
