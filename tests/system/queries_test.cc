// Questions that take for ever: others are served beside them, they end at their time, with their
// client, and with the node.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

constexpr uint64_t kEntries = 5'000;

/// Seconds of work, most of it inside of one expression a row.
const std::vector<std::string> kEndless = {
    "SELECT count(*) FROM kept WHERE lpad(id::text, 1000000, 'xy') LIKE '%q'",
    "SELECT count(*) FROM kept WHERE repeat(id::text, 20000) LIKE '%' || repeat(id::text, 10000) "
    "|| 'b%'",
    "SELECT id FROM kept ORDER BY md5(repeat(id::text, 100000)), id LIMIT 3",
};

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Filled {
  explicit Filled(Words more = {}) : options(counter(folder / "data", 2)) {
    options.more = std::move(more);
    server.emplace(options);
    BOOST_REQUIRE(server->run(submitEntries(), entryLines({1, kEntries})).code == 0);
    server->settled();
  }
  TemporaryFolder folder;
  ServerOptions options;
  std::optional<Server> server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(queries)

BOOST_AUTO_TEST_CASE(a_query_that_takes_too_long_says_so_and_ends) {
  const Filled f({"--query-timeout", "1"});
  for (const std::string& sql : kEndless) {
    const auto began = Clock::now();
    const Ended ended = f.server->run({"sql", sql});
    BOOST_TEST(ended.code == 1, sql);
    BOOST_TEST(ended.errors.find("more than 1 s") != std::string::npos, ended.errors);
    BOOST_TEST(secondsSince(began) < 5);
  }
}

BOOST_AUTO_TEST_CASE(everybody_else_is_served_beside_them) {
  const Filled f;
  std::vector<Process> endless;
  for (int i = 0; i < 6; ++i) endless.push_back(f.server->begin({"sql", kEndless[i % 3]}));
  const auto began = Clock::now();
  for (uint64_t i = 1; i <= 5; ++i) {
    BOOST_TEST(f.server->row({"get", "kept", std::to_string(i)}).at("id") == std::to_string(i));
    BOOST_TEST(f.server->row({"sql", "SELECT count(*) AS n FROM kept"}).at("n") == "5000");
    BOOST_TEST(f.server->run(submitEntries(), entryLines({kEntries, 1})).code == 0);
  }
  BOOST_TEST(f.server->rows({"scan", "by_bucket"}).size() > 1U);
  BOOST_TEST(secondsSince(began) < 10);
}

BOOST_AUTO_TEST_CASE(a_query_ends_with_its_client) {
  const Filled f;
  {
    std::vector<Process> endless;
    for (int i = 0; i < 6; ++i) endless.push_back(f.server->begin({"sql", kEndless[0]}));
    f.server->status();  // they have been sent before
  }
  // Otherwise both threads would be taken until the deadline.
  const auto began = Clock::now();
  BOOST_TEST(f.server->row({"sql", "SELECT sum(length(repeat('x', id::int))) AS n FROM kept"})
                 .contains("n"));
  BOOST_TEST(secondsSince(began) < 5);
}

BOOST_AUTO_TEST_CASE(the_node_stops_in_time_beside_them) {
  Filled f;
  std::vector<Process> endless;
  for (const std::string& sql : kEndless) endless.push_back(f.server->begin({"sql", sql}));
  f.server->status();
  const auto asked = Clock::now();
  BOOST_TEST(f.server->stop() == 0, f.server->process().errors());
  BOOST_TEST(secondsSince(asked) < 5);
  for (Process& query : endless) BOOST_TEST(query.wait() != 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
