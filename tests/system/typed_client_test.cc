// A typed client of the superstore: the structs of rows and keys are those that `facet schema
// --capnp` has printed when this was built, compiled by the stock capnp tool.
#include <boost/test/unit_test.hpp>

#include "client/client.h"
#include "rpc/token.h"
#include "superstore_views.capnp.h"
#include "tests/system/server.h"
#include "values/int128.h"

namespace facet::system_test {
namespace {

constexpr const char* kOrderLines =
    "rowId,orderId,orderDate,shipDate,customerId,customerName,region,productId,productName,"
    "category,"
    "sales,quantity,discount,profit\n"
    "1,A-1,2017-01-02,2017-01-05,C-1,Ann,South,P-1,Lamp,Light,10.0001,2,0,1.5\n"
    "2,A-1,2017-01-02,2017-01-05,C-1,Ann,South,P-2,Desk,Tables,20.0002,1,0.2,-0.5\n"
    "3,B-1,2017-02-01,2017-02-01,C-2,Bob,West,P-1,Lamp,Light,5,1,0,0.25\n";

/// The number that a group of two words is, in units of its column's last digit.
template <typename Group>
int128 number(const Group& group) {
  return static_cast<int128>(static_cast<uint128>(group.getHigh()) << 64 | group.getLow());
}

using RegionKeys = capnp::List<OrdersByRegionKey>;
using RegionRows = capnp::List<OrdersByRegion>;

/// A shop of three order lines, and a client of it.
struct Shop {
  const TemporaryFolder folder;
  const Server server{{.model = source("examples/superstore"), .data = folder / "data"}};
  std::string token = submit();
  Client client{{.addresses = {server.address()}}};

  std::string submit() const {
    const Ended done =
        server.run({"submit", "PlaceOrderLine", "--csv", "-", "--json"}, kOrderLines);
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
    server.settled();
    return jsonLines(done.out).back().at("token");
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(typed_client)

BOOST_FIXTURE_TEST_CASE(rows_are_read_by_typed_keys, Shop) {
  auto view =
      client.view<RegionKeys, RegionRows>("orders_by_region", capnp::typeId<OrdersByRegion>());
  auto request = view.getRequest();
  auto keys = request.initKeys(3);
  keys[0].setRegion("West");
  keys[1].setRegion("Atlantis");
  keys[2].setRegion("South");
  const std::string least = tokenFromText(token).value();
  request.initRead().setAtLeast({reinterpret_cast<const capnp::byte*>(least.data()), least.size()});
  const auto answer = client.wait(request.send());
  BOOST_TEST(answer.getCut().getPosition() == 3U);
  BOOST_TEST(answer.getFound()[0]);
  BOOST_TEST(!answer.getFound()[1]);
  BOOST_TEST(answer.getFound()[2]);
  const auto south = answer.getRows()[2];
  BOOST_TEST(south.getRegion().cStr() == std::string("South"));
  BOOST_TEST(south.getOrders() == 1);
  BOOST_TEST(south.getLines() == 2);
  BOOST_TEST(south.getQuantity() == 3);
  BOOST_TEST((number(south.getRevenue()) == 300003));  // in units of 0.0001
  BOOST_TEST((number(south.getProfit()) == 10000));
  BOOST_TEST((number(answer.getRows()[0].getRevenue()) == 50000));
}

BOOST_FIXTURE_TEST_CASE(dates_and_texts_of_a_row_are_in_their_types, Shop) {
  auto view = client.view<capnp::List<CustomerDashboardKey>, capnp::List<CustomerDashboard>>(
      "customer_dashboard", capnp::typeId<CustomerDashboard>());
  auto request = view.getRequest();
  request.initKeys(1)[0].setCustomerId("C-1");
  const auto answer = client.wait(request.send());
  const auto ann = answer.getRows()[0];
  BOOST_TEST(ann.getCustomerName().cStr() == std::string("Ann"));
  BOOST_TEST(!ann.hasSegment());
  BOOST_TEST((number(ann.getLifetimeValue()) == 300003));
  BOOST_TEST(ann.getLastOrder() == 17168);  // 2017-01-02, in days since 1970
}

BOOST_FIXTURE_TEST_CASE(a_scan_gives_typed_rows, Shop) {
  auto view =
      client.view<RegionKeys, RegionRows>("orders_by_region", capnp::typeId<OrdersByRegion>());
  auto request = view.scanRequest();
  request.initOptions().setOrder("revenue DESC");
  const auto answer = client.wait(request.send());
  BOOST_REQUIRE(answer.getRows().size() == 2U);
  BOOST_TEST(answer.getRows()[0].getRegion().cStr() == std::string("South"));
  BOOST_TEST((number(answer.getRows()[1].getRevenue()) == 50000));
}

// A line takes at most 18 digits, its region's revenue as many as there are.
BOOST_FIXTURE_TEST_CASE(sums_beyond_64_bits_are_exact, Shop) {
  std::string lines = kOrderLines;
  lines.resize(lines.find('\n') + 1);
  for (int i = 0; i < 12; ++i) {
    lines += "1" + std::to_string(i) +
             ",D-1,2017-01-02,2017-01-05,C-3,Eve,East,P-1,Lamp,Light,99999999999999.9999,1,0,"
             "-99999999999999.9999\n";
  }
  BOOST_REQUIRE(server.run({"submit", "PlaceOrderLine", "--csv", "-"}, lines).code == 0);
  server.settled();
  auto view =
      client.view<RegionKeys, RegionRows>("orders_by_region", capnp::typeId<OrdersByRegion>());
  auto request = view.getRequest();
  request.initKeys(1)[0].setRegion("East");
  const auto answer = client.wait(request.send());
  const int128 each = 999'999'999'999'999'999;
  BOOST_TEST((number(answer.getRows()[0].getRevenue()) == 12 * each));
  BOOST_TEST((number(answer.getRows()[0].getProfit()) == -12 * each));
  const Json row = server.row({"get", "orders_by_region", "East"});
  BOOST_TEST(row.at("revenue") == "1199999999999999.9988");
  BOOST_TEST(server.row({"scan", "orders_by_region", "--where", "region = 'East'"}) == row);
  BOOST_TEST(server.row({"sql", "SELECT * FROM orders_by_region WHERE region = 'East'"}) == row);
}

BOOST_FIXTURE_TEST_CASE(a_capability_to_another_type_of_row_is_refused, Shop) {
  auto view =
      client.view<RegionKeys, RegionRows>("orders_by_region", capnp::typeId<CustomerDashboard>());
  auto request = view.getRequest();
  request.initKeys(1)[0].setRegion("South");
  BOOST_CHECK_THROW(client.wait(request.send()), ClientError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
