// Every workload of `facet bench`, for a moment: it runs, its answers are right, and its figures
// have the names that scripts rely on.
#include <boost/test/unit_test.hpp>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

Json benchmark(const Words& words) {
  Words all = {"bench", "--json"};
  all.insert(all.end(), words.begin(), words.end());
  const Ended ended = facetProgram(all);
  BOOST_REQUIRE_MESSAGE(ended.code == 0, ended.errors);
  const std::vector<Json> lines = jsonLines(ended.out);
  BOOST_REQUIRE(lines.size() == 1U);
  const Json& report = lines[0];
  BOOST_TEST(report.at("workload") == words[0]);
  BOOST_TEST(report.at("verified") == true);
  BOOST_TEST(report.at("seconds").get<double>() > 0);
  BOOST_TEST(report.at("throughput").get<double>() > 0);
  BOOST_TEST(report.at("client_cpu_us_per_op").get<double>() >= 0);
  for (const char* mark : {"p50", "p90", "p99", "p999", "max"}) {
    BOOST_TEST(report.at("latency_ms").at(mark).get<double>() > 0);
  }
  return report;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bench)

BOOST_AUTO_TEST_CASE(orders_are_durable_and_in_every_view) {
  const Json report = benchmark({"orders", "--operations", "5000", "--shards", "2"});
  BOOST_TEST(report.at("operations") == 5000);
  BOOST_TEST(report.at("server_cpu_us_per_op").is_number());
  BOOST_TEST(report.at("visible_ms").at("p99").get<double>() > 0);
  BOOST_TEST(!report.contains("service_ms"));
}

BOOST_AUTO_TEST_CASE(orders_go_on_beside_snapshots) {
  const Json report = benchmark({"orders", "--operations", "5000", "--snapshots"});
  BOOST_TEST(report.at("operations") == 5000);
  BOOST_TEST(report.at("snapshots").get<int>() >= 1);
}

BOOST_AUTO_TEST_CASE(an_open_loop_counts_from_the_planned_times) {
  const Json report = benchmark(
      {"orders", "--operations", "2000", "--rate", "20000", "--batch", "20", "--unnumbered"});
  BOOST_TEST(report.at("operations") == 2000);
  BOOST_TEST(report.at("service_ms").at("p50").get<double>() > 0);
}

BOOST_AUTO_TEST_CASE(every_row_that_is_looked_up_is_right) {
  BOOST_TEST(benchmark({"lookup", "--operations", "20000"}).at("operations") == 20000);
}

BOOST_AUTO_TEST_CASE(a_fold_needs_no_server_and_counts_every_bid) {
  const Json report = benchmark({"fold", "--operations", "5000", "--batch", "1000"});
  BOOST_TEST(report.at("operations") == 5000);
  BOOST_TEST(report.at("server_cpu_us_per_op").get<double>() > 0);
}

BOOST_AUTO_TEST_CASE(a_replay_gives_the_same_views) {
  BOOST_TEST(benchmark({"replay", "--operations", "5000"}).at("operations") == 5000);
}

BOOST_AUTO_TEST_CASE(a_restart_with_a_snapshot_gives_the_same_view) {
  BOOST_TEST(benchmark({"restart", "--operations", "5000"}).at("operations") == 5000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
