// The sample: 9,994 order lines, and numbers that are known to the digit.
#include <boost/test/unit_test.hpp>
#include <iostream>

#include "tests/system/server.h"

namespace facet::system_test {
namespace {

const fs::path kSample = source("build/sample/superstore.csv");

ServerOptions superstore(const fs::path& data, unsigned shards = 1) {
  return {.model = source("examples/superstore"), .data = data, .shards = shards};
}

boost::test_tools::assertion_result sampleIsThere(boost::unit_test::test_unit_id) {
  if (fs::exists(kSample)) return true;
  std::cout << "skipped: there is no " << kSample << "; `./dev demo` fetches it" << std::endl;
  return false;
}

void submitSample(const Server& server) {
  const Ended done = server.run({"submit", "PlaceOrderLine", "--csv", kSample.string(), "--json"});
  BOOST_TEST(done.code == 0, done.errors);
  const Json summary = jsonLines(done.out).back();
  BOOST_TEST(summary.at("accepted") == 9994);
  BOOST_TEST(summary.at("position") == 9994);
}

void checkRegion(const Server& server, const std::string& region, const std::string& lines,
                 const std::string& orders, const std::string& revenue) {
  const Json row = server.row({"get", "orders_by_region", region});
  BOOST_TEST(row.at("lines") == lines);
  BOOST_TEST(row.at("orders") == orders);
  BOOST_TEST(row.at("revenue") == revenue);
}

void checkCustomer(const Json& row, const std::string& id, const std::string& value,
                   const std::string& orders) {
  BOOST_TEST(row.at("customer_id") == id);
  BOOST_TEST(row.at("lifetime_value") == value);
  BOOST_TEST(row.at("orders") == orders);
}

void checkNumbers(const Server& server) {
  server.settled();
  const Json total = server.row({"sql",
                                 "SELECT sum(revenue) AS revenue, sum(quantity) AS quantity, "
                                 "sum(profit) AS profit FROM orders_by_region"});
  BOOST_TEST(total.at("revenue") == "2297200.8603");
  BOOST_TEST(total.at("quantity") == "37873");
  BOOST_TEST(total.at("profit") == "286397.0217");
  checkRegion(server, "Central", "2323", "1175", "501239.8908");
  checkRegion(server, "East", "2848", "1401", "678781.2400");
  checkRegion(server, "South", "1620", "822", "391721.9050");
  checkRegion(server, "West", "3203", "1611", "725457.8245");
  const auto best = server.rows(
      {"scan", "customer_dashboard", "--order-by", "lifetime_value DESC", "--limit", "3"});
  BOOST_REQUIRE(best.size() == 3U);
  checkCustomer(best[0], "SM-20320", "25043.0500", "5");
  checkCustomer(best[1], "TC-20980", "19052.2180", "5");
  checkCustomer(best[2], "RB-19360", "15117.3390", "6");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(superstore_sample, *boost::unit_test::precondition(sampleIsThere))

BOOST_AUTO_TEST_CASE(its_numbers_are_right_to_the_digit_and_stay_so_over_restarts_and_shards) {
  const TemporaryFolder folder;
  Server first(superstore(folder / "data"));
  submitSample(first);
  checkNumbers(first);
  const auto digests = first.digests();
  BOOST_TEST(first.stop() == 0);

  Server afterStop(superstore(folder / "data", 4));
  BOOST_TEST(afterStop.readyPosition() == 9994U);
  checkNumbers(afterStop);
  BOOST_TEST((afterStop.digests() == digests));
  afterStop.kill();

  Server afterKill(superstore(folder / "data", 1));
  BOOST_TEST(afterKill.recovered() == 9994U);
  checkNumbers(afterKill);
  BOOST_TEST((afterKill.digests() == digests));
}

BOOST_AUTO_TEST_CASE(four_shards_from_the_beginning_give_the_digests_of_one) {
  const TemporaryFolder folder;
  const Server one(superstore(folder / "one", 1));
  const Server four(superstore(folder / "four", 4));
  submitSample(one);
  submitSample(four);
  checkNumbers(four);
  BOOST_TEST((one.digests() == four.digests()));
}

BOOST_AUTO_TEST_CASE(a_second_run_with_the_same_client_does_nothing_twice) {
  const TemporaryFolder folder;
  const Server server(superstore(folder / "data"));
  const Words submit{"submit",
                     "PlaceOrderLine",
                     "--csv",
                     kSample.string(),
                     "--json",
                     "--client",
                     "0e4d1a52-6f6b-4c39-9c2e-3f5a8f1d7b10"};
  BOOST_TEST(server.run(submit).code == 0);
  const Ended again = server.run(submit);
  BOOST_TEST(again.code == 0, again.errors);
  const Json summary = jsonLines(again.out).back();
  BOOST_TEST(summary.at("accepted") == 0);
  BOOST_TEST(summary.at("duplicates") == 9994);
  checkNumbers(server);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
