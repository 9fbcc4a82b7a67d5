// Batches of commands: in, their outcomes out.
#include <capnp/message.h>
#include <fmt/format.h>

#include "model/load.h"
#include "rpc/token.h"
#include "server/batch_decoder.h"
#include "server/limits.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

/// A fixture whose node answers when the test says.
struct Manual : ServerFixture {
  Manual() { node.automatic = false; }
  /// A submit whose batch has reached the node.
  kj::Promise<BatchReply> submitted(const std::vector<std::string>& totals,
                                    SubmitOptions options = {}) {
    const size_t before = node.batches.size();
    auto reply = client->submit(orders(totals), options);
    BOOST_REQUIRE(eventually([&] { return node.batches.size() > before; }));
    return reply;
  }
};

BOOST_AUTO_TEST_SUITE(submit)

BOOST_FIXTURE_TEST_CASE(an_accepted_batch_says_where_it_is, ServerFixture) {
  const BatchReply reply = wait(client->submit(orders({"1.50", "2", "3"})));
  BOOST_TEST(reply.accepted == 3U);
  BOOST_TEST(reply.first == 1U);
  BOOST_TEST(reply.position == 3U);
  BOOST_TEST(reply.exceptions.empty());
  const auto token = decodeToken(reply.token);
  BOOST_REQUIRE(token.has_value());
  BOOST_TEST((*token == Token{{1, 2}, {3}, {3}}));
}

BOOST_FIXTURE_TEST_CASE(the_node_gets_what_the_client_wrote, Manual) {
  auto batch = orders({"1.50", "-2"});
  ClientUuid uuid{};
  uuid[0] = 0x12;
  uuid[15] = 0x34;
  batch.number(uuid, 42);
  batch.setAtomic();
  auto versions = batch.expectVersions();
  versions.set(0, -1);
  versions.set(1, 7);
  auto reply = client->submit(kj::mv(batch));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  const CommandBatch& got = node.batches[0];
  BOOST_TEST((got.client == ClientId{0x1200000000000000, 0x34}));
  BOOST_TEST(got.firstSequence == 42U);
  BOOST_TEST(got.atomic);
  BOOST_REQUIRE(got.items.size() == 2U);
  BOOST_TEST(got.items[0].expectedVersion == -1);
  BOOST_TEST(got.items[1].expectedVersion == 7);
  const CommandType& type = *node.model().findCommand("PlaceOrder");
  const Row row(got.rows.data() + got.items[1].row);
  BOOST_TEST((row.get(type.layout, 3).unscaled() == -20000));
  BOOST_TEST(row.get(type.layout, 2).asInt() == 17478);  // 2017-11-08
  BOOST_TEST(row.get(type.layout, 0).asText() == "1");
}

BOOST_FIXTURE_TEST_CASE(a_batch_may_have_gaps_in_its_numbers_and_lose_its_last_commands, Manual) {
  BOOST_TEST(client->takesNumbers());
  auto batch = orders({"1", "2", "3", "4"});
  batch.keep(3);
  batch.number(ClientUuid{1}, std::vector<uint64_t>{5, 9, 100});
  auto reply = client->submit(kj::mv(batch), {.resend = true});
  auto whole = orders({"1", "2"});
  whole.number(ClientUuid{1}, std::vector<uint64_t>{101, 102});
  auto next = client->submit(kj::mv(whole), {.resend = true});
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 2; }));
  BOOST_TEST(node.batches[0].items.size() == 3U);
  BOOST_TEST(node.batches[0].firstSequence == 5U);
  BOOST_TEST((node.batches[0].places == std::vector<uint32_t>{0, 4, 95}));
  BOOST_TEST(node.batches[1].firstSequence == 101U);
  BOOST_TEST(node.batches[1].places.empty());
}

BOOST_FIXTURE_TEST_CASE(rejections_and_duplicates_are_data, Manual) {
  auto reply = submitted({"1", "2", "3"});
  BatchOutcome outcome = node.accepted(node.batches[0]);
  outcome.accepted = outcome.rejected = outcome.duplicates = 1;
  CommandOutcome rejected;
  rejected.index = 0;
  rejected.rule = RejectionRule::reference;
  rejected.reason = "there is no such customer";
  rejected.field = "customerId";
  CommandOutcome duplicate;
  duplicate.what = CommandOutcome::What::duplicate;
  duplicate.index = 2;
  duplicate.position = {77};
  outcome.exceptions = {rejected, duplicate};
  outcome.positions = {{0}, {1}, {77}};
  node.answer(outcome);
  const BatchReply got = wait(kj::mv(reply));
  BOOST_REQUIRE(got.exceptions.size() == 2U);
  BOOST_TEST((got.exceptions[0].rule == wire::Rejection::Rule::REFERENCE));
  BOOST_TEST(got.exceptions[0].reason == "there is no such customer");
  BOOST_TEST(got.exceptions[0].field == "customerId");
  BOOST_TEST(got.exceptions[1].duplicate);
  BOOST_TEST(got.exceptions[1].index == 2U);
  BOOST_TEST(got.exceptions[1].position == 77U);
  BOOST_TEST((got.positions == std::vector<uint64_t>{0, 1, 77}));
}

BOOST_FIXTURE_TEST_CASE(outcomes_in_another_order_find_their_batches, Manual) {
  auto first = submitted({"1"});
  auto second = submitted({"1", "2"});
  node.answer(node.accepted(node.batches[1]));
  BOOST_TEST(wait(kj::mv(second)).accepted == 2U);
  node.answer(node.accepted(node.batches[0]));
  BOOST_TEST(wait(kj::mv(first)).accepted == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_outcome_is_said_to_be_unknown, Manual) {
  auto reply = submitted({"1"});
  BatchOutcome outcome = node.accepted(node.batches[0]);
  outcome.what = BatchOutcome::What::unknown;
  outcome.reason = "the log failed while the batch was written";
  node.answer(outcome);
  const ClientError error = failure(kj::mv(reply));
  BOOST_TEST(error.kind == Kind::unknown);
  BOOST_TEST(contains(error.what(), "the log failed"));
}

BOOST_FIXTURE_TEST_CASE(a_refused_batch_is_overloaded, Manual) {
  auto reply = submitted({"1"}, {.retries = 0});
  BatchOutcome outcome = node.accepted(node.batches[0]);
  outcome.what = BatchOutcome::What::refused;
  outcome.reason = "the log is full";
  node.answer(outcome);
  const ClientError error = failure(kj::mv(reply));
  BOOST_TEST(error.kind == Kind::overloaded);
  BOOST_TEST(contains(error.what(), "the log is full"));
}

BOOST_FIXTURE_TEST_CASE(a_client_is_told_why_something_is_tried_again, ServerFixture) {
  std::vector<std::string> whys;
  client = wait(AsyncClient::connect(
      io, {.addresses = {address}, .onWaiting = [&](const auto& why) { whys.push_back(why); }}));
  node.refusal = "overloaded: not now";
  BOOST_TEST(failure(client->submit(orders({"1"}), {.retries = 2})).kind == Kind::overloaded);
  BOOST_TEST(whys == std::vector<std::string>(2, node.refusal), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_node_that_takes_nothing_is_overloaded_and_the_client_tries_again,
                        ServerFixture) {
  node.refusal = "overloaded: not now";
  BOOST_TEST(failure(client->submit(orders({"1"}), {.retries = 0})).kind == Kind::overloaded);
  BOOST_TEST(failure(client->submit(orders({"1"}), {.retries = 2})).kind == Kind::overloaded);
  auto reply = client->submit(orders({"1"}), {.retries = 100});
  pass(5);
  node.refusal.clear();
  BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
}

BOOST_FIXTURE_TEST_CASE(commands_with_bad_values_reach_the_node_as_invalid, Manual) {
  auto batch = client->batch(1, 100);
  auto items = batch.add(wait(client->describe("AddCustomer")), 2);
  items[1].getPointerSection()[0].setAs<capnp::Text>("\xff");
  auto reply = client->submit(kj::mv(batch));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  BOOST_REQUIRE(node.batches[0].invalid.size() == 1U);
  BOOST_TEST(node.batches[0].invalid[0].index == 1U);
  BOOST_TEST(node.batches[0].invalid[0].field == "customerId");
  BOOST_TEST(node.batches[0].items[1].row == CommandItem::kInvalid);
  BOOST_TEST(node.batches[0].items[0].row == 0U);
}

std::string problemOf(ServerFixture& f, Batch batch) {
  const ClientError error = f.failure(f.client->submit(kj::mv(batch)));
  BOOST_TEST(error.kind == Kind::failed);
  return error.what();
}

BOOST_FIXTURE_TEST_CASE(requests_that_make_no_sense_are_refused_with_the_reason, ServerFixture) {
  auto unknown = client->batch(1, 100);
  RelationShape noSuchCommand;
  noSuchCommand.name = "DropEverything";
  unknown.add(noSuchCommand, 1);
  BOOST_TEST(contains(problemOf(*this, kj::mv(unknown)), "no command \"DropEverything\""));

  BOOST_TEST(contains(problemOf(*this, client->batch(0, 100)), "has no commands"));

  auto unnumbered = orders({"1"});
  unnumbered.number(randomUuid(), 0);
  BOOST_TEST(contains(problemOf(*this, kj::mv(unnumbered)), "counts from 1"));

  auto nobody = orders({"1"});
  nobody.number(ClientUuid{}, 1);
  BOOST_TEST(contains(problemOf(*this, kj::mv(nobody)), "all zero"));

  auto versions = orders({"1", "2"});
  versions.expectVersions().set(0, -2);
  BOOST_TEST(contains(problemOf(*this, kj::mv(versions)), "a count, or -1"));

  std::vector<std::string> many(kMaxBatchCommands + 1, "1");
  BOOST_TEST(contains(problemOf(*this, orders(many)), "at most 10000 commands"));
  BOOST_TEST(node.taken == 0U);
}

BOOST_FIXTURE_TEST_CASE(batches_that_other_clients_got_wrong_are_refused_with_the_reason,
                        ServerFixture) {
  auto commands = client->session().commandsRequest().send().getCommands();
  const auto problem = [&](const std::function<void(wire::Batch::Builder)>& make) -> std::string {
    auto request = commands.submitRequest();
    auto batch = request.initBatch();
    auto group = batch.initGroups(1)[0];
    group.setCommand("AddCustomer");
    group.getItems().initAsListOfAnyStruct(0, 3, 2);
    make(batch);
    return failure(request.send().then([](auto&&) {})).what();
  };
  BOOST_TEST(contains(problem([](auto batch) { batch.initClient(15); }), "a UUID of 16 bytes"));
  BOOST_TEST(contains(problem([](auto batch) { batch.setFirstSequence(UINT64_MAX); }),
                      "firstSequence is too large"));
  BOOST_TEST(contains(problem([](auto batch) { batch.getGroups()[0].initExpectedVersions(1); }),
                      "has 1 numbers for 2 items"));
  const auto numbers = [&](const std::vector<uint64_t>& values, uint64_t first = 0) {
    return problem([&](wire::Batch::Builder batch) {
      batch.initClient(16)[0] = 1;
      batch.setFirstSequence(first);
      auto to = batch.initNumbers(static_cast<unsigned>(values.size()));
      for (unsigned i = 0; i < to.size(); ++i) to.set(i, values[i]);
    });
  };
  BOOST_TEST(contains(numbers({}), "firstSequence counts from 1"));
  BOOST_TEST(contains(numbers({7}), "has 1 numbers for 2 commands"));
  BOOST_TEST(contains(numbers({7, 9}, 7), "without batch.firstSequence"));
  BOOST_TEST(contains(numbers({0, 1}), "counts from 1"));
  BOOST_TEST(contains(numbers({7, 7}), "must rise"));
  BOOST_TEST(contains(numbers({7, 6}), "must rise"));
  BOOST_TEST(contains(numbers({7, 7 + 65'536}), "less than 65536 apart"));
  BOOST_TEST(contains(numbers({UINT64_MAX - 1, UINT64_MAX}), "too large"));
  BOOST_TEST(contains(problem([](auto batch) {
                        batch.initNumbers(2).set(0, 1);
                        batch.getNumbers().set(1, 3);
                      }),
                      "goes with batch.client"));
  BOOST_TEST(contains(failure(commands.submitRequest().send().then([](auto&&) {})).what(),
                      "submit needs a batch"));
  BOOST_TEST(node.taken == 0U);
}

BOOST_FIXTURE_TEST_CASE(items_that_are_no_structs_are_refused, ServerFixture) {
  auto session = client->session();
  auto request = session.commandsRequest().send().getCommands().submitRequest();
  auto group = request.initBatch().initGroups(1)[0];
  group.setCommand("PlaceOrder");
  group.getItems().setAs<capnp::Text>("not a list of structs");
  auto sent = request.send().then([](auto&&) {});
  // A list of bytes can be read as structs of one byte; what it can't be is a valid order.
  BOOST_TEST(wait(kj::mv(sent).then([] { return true; }, [](kj::Exception&&) { return false; })));
  auto bits = session.commandsRequest().send().getCommands().submitRequest();
  auto bad = bits.initBatch().initGroups(1)[0];
  bad.setCommand("PlaceOrder");
  bad.getItems().initAs<capnp::List<bool>>(5);
  BOOST_TEST(contains(failure(bits.send().then([](auto&&) {})).what(), "no list of structs"));
}

BOOST_FIXTURE_TEST_CASE(a_connection_with_too_much_under_way_is_told_so, Manual) {
  const std::string large(2'000'000, 'x');
  std::vector<kj::Promise<void>> replies;
  size_t overloaded = 0;
  const RelationShape shape = wait(client->describe("AddCustomer"));
  for (int i = 0; i < 40; ++i) {
    auto batch = client->batch(1, 300'000);
    auto items = batch.add(shape, 1);
    BOOST_TEST(writeField(*shape.row.find("name"), large, items[0]) == "");
    replies.push_back(client->submit(kj::mv(batch), {.retries = 0})
                          .then([](BatchReply) {},
                                [&](kj::Exception&& e) {
                                  if (clientError(e).kind == Kind::overloaded) ++overloaded;
                                })
                          .eagerlyEvaluate(nullptr));
  }
  BOOST_TEST(eventually([&] { return overloaded > 0; }));
  BOOST_TEST(node.batches.size() >= 30U);
  BOOST_TEST(node.batches.size() + overloaded <= 40U);
  for (const CommandBatch& batch : node.batches) node.answer(node.accepted(batch));
  node.batches.clear();
  node.automatic = true;
  BOOST_TEST(wait(client->submit(orders({"1"}))).accepted == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_batch_whose_client_is_gone_is_still_done, Manual) {
  auto other = connect();
  auto request = other->session().commandsRequest().send().getCommands().submitRequest();
  auto group = request.initBatch().initGroups(1)[0];
  group.setCommand("AddCustomer");
  group.getItems().initAsListOfAnyStruct(0, 3, 1);
  auto sent = request.send().then([](auto&&) {}).eagerlyEvaluate([](kj::Exception&&) {});
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  other = nullptr;
  BOOST_REQUIRE(eventually([&] { return door->connections() == 1; }));
  node.answer(node.accepted(node.batches[0]));  // finds nobody, and does no harm
  BOOST_TEST(eventually([&] { return thread->batchesInFlight() == 0; }));
  BOOST_TEST(thread->batchBytesInFlight() == 0U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_much_larger_in_memory_than_on_the_wire_is_refused) {
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += fmt::format(" f{0} @{0} :Int64;", i);
  const auto model = loadModel(
      {{"a.capnp",
        "@0xd2a49c31e07b6f15;\nusing Facet = import \"/facet/model.capnp\";\nstruct S {" + fields +
            " }\nstruct E $Facet.event() $Facet.command(emits = [(event = \"E\")]) {"
            " s @0 :List(S); }"}});
  BatchDecoder decoder(*model, kMaxBatchRowBytes);
  capnp::MallocMessageBuilder message;
  auto batch = message.initRoot<wire::Batch>();
  auto group = batch.initGroups(1)[0];
  group.setCommand("E");
  // Lists of structs without a byte: each element is 100 zeros in its row.
  const auto fill = [&](unsigned commands) {
    auto items = group.getItems().initAsListOfAnyStruct(0, 1, commands);
    for (auto item : items) item.getPointerSection()[0].initAsListOfAnyStruct(0, 0, 4096);
  };
  fill(10);
  BOOST_TEST(decoder.decode(batch.asReader(), false).rows.size() > 10U * 4096 * 100);
  fill(100);
  BOOST_CHECK_EXCEPTION(decoder.decode(batch.asReader(), false), kj::Exception,
                        [](const kj::Exception& e) {
                          return contains(e.getDescription().cStr(), "more than 128 MiB");
                        });
  fill(1);
  BOOST_TEST(decoder.decode(batch.asReader(), false).items.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
