// The reads that programs do all the time.
#include "client/reads.h"

#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

struct Regions : ServerFixture {
  Regions() {
    for (int i = 0; i < 10; ++i) node.putRegion(1, fmt::format("r{}", i), i, i * 10'000);
    node.publish(1);
  }
};

BOOST_AUTO_TEST_SUITE(reads)

BOOST_FIXTURE_TEST_CASE(a_scan_gives_all_its_pages, Regions) {
  facet::Scan scan(view(), {.order = "region", .page = 4});
  std::vector<size_t> pages;
  while (scan.more()) pages.push_back(rows(wait(scan.next()).getRows()).size());
  BOOST_TEST((pages == std::vector<size_t>{4, 4, 2}));
  BOOST_TEST(contains(failure(kj::evalNow([&] { return scan.next(); })).what(), "no more pages"));
}

BOOST_FIXTURE_TEST_CASE(a_scan_goes_on_by_itself_and_says_that_it_moved, Regions) {
  const RelationShape shape = wait(client->describe("orders_by_region"));
  for (const bool limited : {false, true}) {
    facet::Scan scan(*client, shape, {.limit = limited ? 7U : 0U, .page = 4});
    facet::Scan still(view(), {.page = 4, .oneCut = true});
    const auto first = wait(scan.next());
    const uint64_t began = first.getCut().getPosition();
    wait(still.next());
    BOOST_TEST(!scan.movedFrom().has_value());
    node.putRegion(began + 1, "r5", 55, 55);
    node.publish(began + 1);
    wait(client->reconnect());  // and the node knows nothing of its cursors there
    BOOST_TEST(failure(still.next()).kind == ClientError::Kind::disconnected);
    const auto second = wait(scan.next());
    BOOST_TEST(scan.movedFrom().value() == began);
    BOOST_TEST(second.getCut().getPosition() == began + 1);
    BOOST_TEST(rows(second.getRows()).size() == (limited ? 3U : 4U));
    BOOST_TEST(rows(second.getRows())[1] == "r5|55|0.0055|0.0001");
    BOOST_TEST(scan.more() == !limited);
  }
}

BOOST_FIXTURE_TEST_CASE(a_scan_can_begin_after_a_key, Regions) {
  using Key = wire::Node;  // version @0 is its first text
  const auto after = [](capnp::AnyPointer::Builder key) { key.initAs<Key>().setVersion("r6"); };
  facet::Scan scan(view(), {.page = 2, .after = after});
  std::vector<std::string> regions;
  while (scan.more()) {
    for (const std::string& row : rows(wait(scan.next()).getRows()))
      regions.push_back(row.substr(0, row.find('|')));
  }
  BOOST_TEST((regions == std::vector<std::string>{"r7", "r8", "r9"}));
  facet::Scan ordered(view(), {.order = "orders", .after = after});
  BOOST_TEST(contains(failure(ordered.next()).what(), "leave order empty"));
}

BOOST_FIXTURE_TEST_CASE(a_query_gives_texts_and_nulls, Regions) {
  const QueryReply reply = wait(query(
      *client, "SELECT region, average FROM orders_by_region WHERE orders < $1 ORDER BY region",
      {"2"}));
  BOOST_REQUIRE(reply.rows.size() == 2U);
  BOOST_TEST(reply.columns[1].name == "average");
  BOOST_TEST(reply.rows[0][0].value() == "r0");
  BOOST_TEST(!reply.rows[0][1].has_value());
  BOOST_TEST(reply.rows[1][1].value() == "1.0000");
  BOOST_TEST(reply.position == 1U);
}

/// Customers have the same form as any struct of three texts.
BOOST_FIXTURE_TEST_CASE(one_row_is_found_or_not, Regions) {
  node.relation("customers")
      .rows.put({1}, {Value::text("c1"), Value::text("Ann"), Value::text("South")});
  using Customer = wire::Rejection;  // reason @1 and field @2 are its first two texts
  using Key = wire::Node;            // version @0 is its first text
  auto customers = client->view<capnp::List<Key>, capnp::List<Customer>>("customers");
  const auto ann =
      wait(getRow<Key, Customer>(customers, [](Key::Builder k) { k.setVersion("c1"); }));
  BOOST_TEST(ann.found());
  BOOST_TEST(ann.row().getReason().cStr() == std::string("c1"));
  BOOST_TEST(ann.row().getField().cStr() == std::string("Ann"));
  BOOST_TEST(ann.cut().getPosition() == 1U);
  const auto nobody = wait(getRow<Key, Customer>(
      customers, [](Key::Builder k) { k.setVersion("c2"); },
      [&](wire::ReadOptions::Builder read) { client->readAfterWrite(read); }));
  BOOST_TEST(!nobody.found());
}

BOOST_FIXTURE_TEST_CASE(status_says_where_the_node_is, Regions) {
  BOOST_TEST(wait(status(*client)).getStatus().getVisible() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_batch_that_is_larger_than_a_message_is_refused_here, Regions) {
  const RelationShape shape = wait(client->describe("AddCustomer"));
  auto batch = client->batch(1, 100);
  auto items = batch.add(shape, 1);
  BOOST_TEST(writeField(*shape.row.find("name"), std::string(33 << 20, 'x'), items[0]) == "");
  const ClientError error = failure(client->submit(kj::mv(batch)));
  BOOST_TEST(error.kind == ClientError::Kind::failed);
  BOOST_TEST(contains(error.what(), "send several"));
  BOOST_TEST(client->inFlight() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
