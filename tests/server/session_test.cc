// Login, names, descriptions, and what an operator asks.
#include <chrono>
#include <future>

#include "server/limits.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

BOOST_AUTO_TEST_SUITE(session)

BOOST_FIXTURE_TEST_CASE(login_says_which_node_it_is, ServerFixture) {
  auto stock = connectStock();
  const auto reply = stock->bootstrap().loginRequest().send().wait(io.waitScope);
  BOOST_TEST(reply.getNode().getRole().cStr() == std::string("primary"));
  BOOST_TEST(reply.getNode().getLogId().size() == 16U);
  BOOST_TEST(reply.getNode().getLogId()[7] == 1);
  BOOST_TEST(reply.getNode().getLogId()[15] == 2);
}

BOOST_FIXTURE_TEST_CASE(login_with_a_name_is_refused_while_there_are_no_users, ServerFixture) {
  auto stock = connectStock();
  auto request = stock->bootstrap().loginRequest();
  request.setUser("admin");
  BOOST_TEST(contains(failure(request.send().then([](auto&&) {})).what(), "no users"));
}

BOOST_FIXTURE_TEST_CASE(a_name_that_is_not_there_is_said_to_be_so, ServerFixture) {
  BOOST_TEST(
      contains(failure(view("orders_by_regoin").getRequest().send().then([](auto&&) {})).what(),
               "no view or table \"orders_by_regoin\""));
  BOOST_TEST(contains(failure(view("order_placed").getRequest().send().then([](auto&&) {})).what(),
                      "is an event"));
}

BOOST_FIXTURE_TEST_CASE(a_client_compiled_for_other_columns_is_told_to_compile_again,
                        ServerFixture) {
  auto wrong = client->view<capnp::AnyPointer, capnp::AnyPointer>("orders_by_region", 0x1234);
  const ClientError error = failure(wrong.getRequest().send().then([](auto&&) {}));
  BOOST_TEST(error.kind == Kind::failed);
  BOOST_TEST(contains(error.what(), "0000000000001234"));
  BOOST_TEST(contains(error.what(), "facet schema --capnp"));
  const uint64_t right = wait(client->describe("orders_by_region")).rowTypeId;
  auto view = client->view<capnp::AnyPointer, capnp::AnyPointer>("orders_by_region", right);
  view.getRequest().send().wait(io.waitScope);
}

BOOST_FIXTURE_TEST_CASE(everything_in_the_model_is_described, ServerFixture) {
  std::vector<std::string> names;
  for (const RelationShape& relation : wait(client->describeAll())) names.push_back(relation.name);
  for (const char* name : {"customers", "orders_by_region", "order_placed", "customer_added",
                           "PlaceOrder", "AddCustomer"}) {
    BOOST_TEST((std::find(names.begin(), names.end(), name) != names.end()), name);
  }
  const auto described = view().describeRequest().send().wait(io.waitScope);
  const RelationShape shape = relationShape(described.getRelation());
  BOOST_TEST(shape.row.columns.size() == 4U);
  BOOST_TEST(shape.key.columns.size() == 1U);
  BOOST_TEST(contains(shape.source, "GROUP BY region"));
}

BOOST_FIXTURE_TEST_CASE(a_table_is_read_as_a_view_is, ServerFixture) {
  node.relation("customers")
      .rows.put({1}, {Value::text("c1"), Value::null(), Value::text("South")});
  node.publish(1);
  auto request = view("customers").getRequest();
  request.getKeys().initAsListOfAnyStruct(0, 1, 1)[0].getPointerSection()[0].setAs<capnp::Text>(
      "c1");
  const auto reply = request.send().wait(io.waitScope);
  BOOST_TEST(reply.getFound().size() == 0U);
  const RelationShape shape = wait(client->describe("customers"));
  RowReader reader(shape.row.columns);
  reader.read(reply.getRows().getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>()[0]);
  BOOST_TEST(reader.text(0).value() == "c1");
  BOOST_TEST(!reader.text(1).has_value());
  BOOST_TEST(reader.text(2).value() == "South");
}

BOOST_FIXTURE_TEST_CASE(status_is_the_nodes, ServerFixture) {
  node.problems = {"the log is full"};
  node.publish(9);
  const auto reply =
      client->session().adminRequest().send().getAdmin().statusRequest().send().wait(io.waitScope);
  const auto status = reply.getStatus();
  BOOST_TEST(status.getPosition() == 9U);
  BOOST_TEST(status.getVisible() == 9U);
  BOOST_TEST(status.getConnections() == 1U);
  BOOST_REQUIRE(status.getProblems().size() == 1U);
  BOOST_TEST(status.getProblems()[0].cStr() == "the log is full");
  BOOST_TEST(status.getViews()[0].getDigest().cStr() ==
             std::string("000000000000000000000000000000ff"));
}

BOOST_FIXTURE_TEST_CASE(a_status_that_takes_long_holds_nobody_up, ServerFixture) {
  node.putRegion(1, "South", 2, 300'000);
  node.publish(1);
  std::promise<void> answered;
  bool inTime = false;
  node.beforeStatus = [&] {
    inTime = answered.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  };
  auto asked = client->session().adminRequest().send().getAdmin().statusRequest().send();
  BOOST_TEST(wait(get({"South"})).getCut().getPosition() == 1U);
  answered.set_value();
  BOOST_TEST(asked.wait(io.waitScope).getStatus().getPosition() == 1U);
  BOOST_TEST(inTime);
}

BOOST_FIXTURE_TEST_CASE(the_log_is_shown_in_pages, ServerFixture) {
  node.publish(25);
  auto request = client->session().adminRequest().send().getAdmin().logRequest();
  request.setFrom(20);
  request.setLimit(3);
  const auto reply = request.send().wait(io.waitScope);
  BOOST_REQUIRE(reply.getEvents().size() == 3U);
  BOOST_TEST(reply.getNext() == 23U);
  BOOST_TEST(reply.getEvents()[0].getPosition() == 20U);
  BOOST_TEST(reply.getEvents()[0].getColumns()[0].getText().cStr() == std::string("c1"));
  BOOST_TEST(reply.getEvents()[0].getColumns()[1].getNull());
}

BOOST_FIXTURE_TEST_CASE(sessions_of_a_connection_are_bounded, ServerFixture) {
  auto stock = connectStock();
  auto facet = stock->bootstrap();
  std::vector<wire::Session::Client> sessions;
  for (size_t i = 0; i < kMaxSessions; ++i) {
    sessions.push_back(facet.loginRequest().send().wait(io.waitScope).getSession());
  }
  BOOST_TEST(failure(facet.loginRequest().send().then([](auto&&) {})).kind == Kind::overloaded);
  sessions.pop_back();
  settle();
  facet.loginRequest().send().wait(io.waitScope);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
