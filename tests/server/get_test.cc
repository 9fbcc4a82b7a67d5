// Rows by key, and reads that wait for what was written.
#include "server/limits.h"
#include "tests/server/server_fixture.h"
#include "values/numeric.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;
using Lines = std::vector<std::string>;

struct Regions : ServerFixture {
  Regions() {
    node.putRegion(1, "South", 1, 15'000);
    node.putRegion(2, "North", 2, 30'000);
    node.putRegion(3, "South", 2, 25'000);
    node.publish(2);
  }
  Lines get(const Lines& regions) {
    const Get reply = wait(ServerFixture::get(regions));
    return rows(reply.getRows(), reply.getFound());
  }
};

BOOST_AUTO_TEST_SUITE(get)

BOOST_FIXTURE_TEST_CASE(rows_come_in_the_order_of_the_keys, Regions) {
  BOOST_TEST((get({"South", "North", "South"}) ==
              Lines{"South|1|1.5000|1.5000", "North|2|3.0000|1.5000", "South|1|1.5000|1.5000"}));
}

BOOST_FIXTURE_TEST_CASE(found_says_which_keys_have_a_row, Regions) {
  BOOST_TEST((get({"East", "North"}) == Lines{"-", "North|2|3.0000|1.5000"}));
  const Get all = wait(ServerFixture::get({"South"}));
  BOOST_TEST(all.getFound().size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(no_keys_are_no_rows, Regions) {
  BOOST_TEST(get({}).empty());
}

BOOST_FIXTURE_TEST_CASE(nulls_and_empty_texts_are_different, Regions) {
  node.putRegion(2, "", 0, 0);
  BOOST_TEST((get({""}) == Lines{"|0|0.0000|NULL"}));
}

// Sums have no bound that an Int64 would hold.
BOOST_FIXTURE_TEST_CASE(sums_beyond_64_bits_are_read, Regions) {
  const int128 largest = kMaxUnscaled;
  node.relation("orders_by_region")
      .rows.put({2}, {Value::text("East"), Value::int64(1), Value::numeric(-largest, 4),
                      Value::numeric(largest, 30)});
  const std::string digits = "66461399789245793645190353014017.2287";
  BOOST_TEST(
      (get({"East"}) == Lines{"East|1|-" + digits + "|664613.997892457936451903530140172287"}));
  auto request = client->session().queryRequest();
  request.setSql("SELECT revenue, revenue / 1, region FROM orders_by_region WHERE revenue < -5");
  const auto reply = wait(request.send().then([](Query&& r) { return kj::mv(r); }));
  const auto columns = columnShapes(reply.getColumns());
  RowReader reader(columns);
  const auto list = reply.getRows().getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>();
  BOOST_REQUIRE(list.size() == 1U);
  reader.read(list[0]);
  BOOST_TEST(*reader.text(0) == "-" + digits);
  BOOST_TEST((columns[0].wire == Wire::numericText));
}

BOOST_FIXTURE_TEST_CASE(an_answer_names_its_cut, Regions) {
  node.makeDurable(5);
  const Get reply = wait(ServerFixture::get({"South"}));
  const auto cut = reply.getCut();
  BOOST_TEST(cut.getPosition() == 2U);
  BOOST_TEST(cut.getLagEvents() == 3U);
  BOOST_TEST(cut.getLagMs() == 17U);
  BOOST_TEST(!cut.getOlder());
  BOOST_TEST(cut.getDegraded().size() == 0U);
  const auto bytes = cut.getToken();
  BOOST_TEST((std::string(bytes.begin(), bytes.end()) == token(2)));
}

BOOST_FIXTURE_TEST_CASE(a_read_with_a_token_waits_until_it_is_visible, Regions) {
  node.makeDurable(3);
  auto reply = ServerFixture::get({"South"}, token(3));
  settle();
  BOOST_TEST(!reply.poll(io.waitScope));
  node.publish(3);
  const Get got = wait(kj::mv(reply));
  BOOST_TEST((rows(got.getRows()) == Lines{"South|2|2.5000|1.2500"}));
  BOOST_TEST(got.getCut().getPosition() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_read_whose_wait_ends_fails_or_is_older_as_asked, Regions) {
  node.makeDurable(3);
  const ClientError error = failure(ServerFixture::get({"South"}, token(3), 5));
  BOOST_TEST(error.kind == Kind::timedOut);
  BOOST_TEST(contains(error.what(), "position 3 is not visible yet, the newest is 2"));
  const Get older = wait(ServerFixture::get({"South"}, token(3), 5, true));
  BOOST_TEST(older.getCut().getOlder());
  BOOST_TEST(older.getCut().getPosition() == 2U);
}

BOOST_FIXTURE_TEST_CASE(tokens_of_another_log_or_a_lost_end_are_lost_and_do_not_wait, Regions) {
  BOOST_TEST(failure(ServerFixture::get({"South"}, token(4))).kind == Kind::lost);
  std::string other = token(1);
  other[5] ^= 1;
  BOOST_TEST(failure(ServerFixture::get({"South"}, other)).kind == Kind::lost);
  const ClientError bad = failure(ServerFixture::get({"South"}, "what?"));
  BOOST_TEST(bad.kind == Kind::failed);
  BOOST_TEST(contains(bad.what(), "no token"));
}

BOOST_FIXTURE_TEST_CASE(after_a_batch_the_session_reads_what_it_wrote, Regions) {
  node.publish(3);
  node.automatic = false;
  auto submit = client->submit(orders({"1"}));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  node.answer(node.accepted(node.batches[0]));
  BOOST_TEST(wait(kj::mv(submit)).position == 4U);
  auto reply = ServerFixture::get({"South"});  // without a token
  settle();
  BOOST_TEST(!reply.poll(io.waitScope));
  node.publish(4);
  BOOST_TEST(wait(kj::mv(reply)).getCut().getPosition() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_read_can_be_pipelined_on_a_submit, Regions) {
  auto submit = client->session().commandsRequest().send().getCommands().submitRequest();
  auto group = submit.initBatch().initGroups(1)[0];
  group.setCommand("AddCustomer");
  group.getItems().initAsListOfAnyStruct(0, 3, 1);
  auto sent = submit.send();
  auto open = sent.getSession().viewRequest();
  open.setName("orders_by_region");
  auto request = open.send().getView().castAs<AnyView>().getRequest();
  request.getKeys().initAsListOfAnyStruct(0, 1, 1)[0].getPointerSection()[0].setAs<capnp::Text>(
      "North");
  auto reply = request.send().wait(io.waitScope);
  BOOST_TEST(reply.getCut().getPosition() == 3U);
}

/// A connection that, once it is told to, sends nothing more after the first thing that it reads.
class OneFlight final : public kj::AsyncIoStream {
 public:
  explicit OneFlight(kj::Own<kj::AsyncIoStream> inner) : inner_(kj::mv(inner)) {}
  void begin() { armed_ = true; }

  kj::Promise<size_t> tryRead(void* buffer, size_t least, size_t most) override {
    return inner_->tryRead(buffer, least, most).then([this](size_t bytes) {
      silent_ = silent_ || armed_;
      return bytes;
    });
  }
  kj::Promise<void> write(const void* buffer, size_t size) override {
    if (silent_) return kj::NEVER_DONE;
    return inner_->write(buffer, size);
  }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override {
    if (silent_) return kj::NEVER_DONE;
    return inner_->write(pieces);
  }
  kj::Promise<void> whenWriteDisconnected() override { return inner_->whenWriteDisconnected(); }
  void shutdownWrite() override { inner_->shutdownWrite(); }

 private:
  kj::Own<kj::AsyncIoStream> inner_;
  bool armed_ = false;
  bool silent_ = false;
};

BOOST_FIXTURE_TEST_CASE(a_read_that_is_pipelined_on_a_submit_is_one_round_trip, Regions) {
  OneFlight stream(connectRaw());
  capnp::TwoPartyClient rpc(stream);
  auto session =
      rpc.bootstrap().castAs<wire::Facet>().loginRequest().send().wait(io.waitScope).getSession();
  stream.begin();
  auto submit = session.commandsRequest().send().getCommands().submitRequest();
  auto group = submit.initBatch().initGroups(1)[0];
  group.setCommand("AddCustomer");
  group.getItems().initAsListOfAnyStruct(0, 3, 1);
  auto open = submit.send().getSession().viewRequest();
  open.setName("orders_by_region");
  auto request = open.send().getView().castAs<AnyView>().getRequest();
  request.getKeys().initAsListOfAnyStruct(0, 1, 1)[0].getPointerSection()[0].setAs<capnp::Text>(
      "North");
  auto reply = request.send().wait(io.waitScope);
  BOOST_TEST(reply.getCut().getPosition() == 3U);
  // What is asked for afterwards gets no answer: it is not sent.
  auto second = session.describeRequest().send();
  settle();
  BOOST_TEST(!second.poll(io.waitScope));
}

BOOST_FIXTURE_TEST_CASE(a_degraded_view_answers_from_its_last_good_cut, Regions) {
  node.publish(3);
  auto& view = node.relation("orders_by_region");
  view.degradedWhy = "division by zero in revenue / orders";
  view.degradedAt = {1};
  const Get reply = wait(ServerFixture::get({"South"}));
  BOOST_TEST(reply.getCut().getPosition() == 1U);
  BOOST_TEST(contains(reply.getCut().getDegraded().cStr(), "division by zero"));
  const ClientError error = failure(ServerFixture::get({"South"}, token(2)));
  BOOST_TEST(error.kind == Kind::failed);
  BOOST_TEST(contains(error.what(), "division by zero"));
}

/// What is joined is of one position: a view that stands behind can't be joined with others.
BOOST_FIXTURE_TEST_CASE(a_degraded_view_is_joined_with_nothing, Regions) {
  const auto ask = [this](const char* sql) {
    auto request = client->session().queryRequest();
    request.setSql(sql);
    return failure(request.send().then([](auto&&) {}));
  };
  const char* const joined =
      "SELECT 1 FROM orders_by_region r LEFT JOIN customers c ON c.customer_id = r.region";
  node.publish(3);
  BOOST_TEST(ask(joined).what() == std::string("no failure"));
  auto& view = node.relation("orders_by_region");
  view.degradedWhy = "division by zero in revenue / orders";
  view.degradedAt = {1};
  const ClientError error = ask(joined);
  BOOST_TEST(error.kind == Kind::failed);
  BOOST_TEST(error.what() ==
             std::string("\"orders_by_region\" stands at position 1, because division by zero in "
                         "revenue / orders; what it is joined with has gone on: read it alone to "
                         "have its last good rows"));
  BOOST_TEST(ask("SELECT 1 FROM orders_by_region a, orders_by_region b").what() ==
             std::string("no failure"));
  view.outOfServiceWhy = "its memory is full";
  BOOST_TEST(contains(ask(joined).what(), "out of service"));
}

BOOST_FIXTURE_TEST_CASE(too_many_keys_are_refused, Regions) {
  const ClientError error = failure(ServerFixture::get(Lines(kMaxKeys + 1, "South")));
  BOOST_TEST(error.kind == Kind::failed);
  BOOST_TEST(contains(error.what(), "10001 keys"));
  BOOST_TEST(get(Lines(kMaxKeys, "South")).size() == kMaxKeys);
}

BOOST_FIXTURE_TEST_CASE(keys_that_are_no_structs_are_refused, Regions) {
  auto request = view().getRequest();
  request.getKeys().initAs<capnp::List<bool>>(1'000'000);
  BOOST_TEST(contains(failure(request.send().then([](auto&&) {})).what(), "no list of structs"));
  auto empty = view().getRequest();
  empty.getKeys().initAsListOfAnyStruct(0, 0, 3);  // keys without fields: NULL
  BOOST_TEST(empty.send().wait(io.waitScope).getFound().size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_stock_client_gets_the_same, Regions) {
  auto stock = connectStock();
  auto session = stock->bootstrap().loginRequest().send().getSession();
  auto open = session.viewRequest();
  open.setName("orders_by_region");
  auto request = open.send().getView().castAs<AnyView>().getRequest();
  request.getKeys().initAsListOfAnyStruct(0, 1, 1)[0].getPointerSection()[0].setAs<capnp::Text>(
      "North");
  const auto reply = request.send().wait(io.waitScope);
  BOOST_TEST((rows(reply.getRows()) == Lines{"North|2|3.0000|1.5000"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
