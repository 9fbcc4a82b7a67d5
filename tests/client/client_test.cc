// The client library before a door: windows, tokens, broken connections, errors.
#include <unistd.h>

#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

ClientUuid someUuid() {
  return *uuidFromText("123e4567-e89b-12d3-a456-426614174000");
}

BOOST_AUTO_TEST_SUITE(client_library)

BOOST_FIXTURE_TEST_CASE(the_token_is_that_of_the_newest_batch, ServerFixture) {
  BOOST_TEST(client->lastToken().empty());
  wait(client->submit(orders({"1"})));
  BOOST_TEST((client->lastToken() == token(1)));
  wait(client->submit(orders({"1", "2"})));
  BOOST_TEST((client->lastToken() == token(3)));
}

BOOST_FIXTURE_TEST_CASE(a_window_of_batches_is_under_way_and_no_more, ServerFixture) {
  node.automatic = false;
  std::vector<kj::Promise<BatchReply>> replies;
  for (int i = 0; i < 16; ++i) {
    wait(client->whenRoom());
    replies.push_back(client->submit(orders({"1"})).eagerlyEvaluate(nullptr));
  }
  auto room = client->whenRoom();
  settle();
  BOOST_TEST(!room.poll(io.waitScope));
  BOOST_TEST(node.batches.size() == 16U);
  node.answer(node.accepted(node.batches[3]));
  wait(kj::mv(room));
  BOOST_TEST(client->inFlight() == 15U);
}

BOOST_FIXTURE_TEST_CASE(batches_that_were_refused_as_overloaded_keep_their_order, ServerFixture) {
  node.automatic = false;
  node.refusal = "overloaded: full";
  std::vector<kj::Promise<BatchReply>> replies;
  for (uint64_t sequence = 1; sequence <= 5; ++sequence) {
    auto batch = orders({"1"});
    batch.number(someUuid(), sequence);
    replies.push_back(client->submit(kj::mv(batch), {.retries = 1'000}).eagerlyEvaluate(nullptr));
  }
  pass(20);
  auto room = client->whenRoom();
  settle();
  BOOST_TEST(!room.poll(io.waitScope));  // a newer one would overtake them
  node.refusal.clear();
  for (uint64_t sequence = 1; sequence <= 5; ++sequence) {
    BOOST_REQUIRE(eventually([&] { return node.batches.size() == sequence; }));
    pass(20);
    BOOST_TEST(node.batches.size() == sequence);
    BOOST_TEST(node.batches.back().firstSequence == sequence);
    node.answer(node.accepted(node.batches.back()));
    BOOST_TEST(wait(kj::mv(replies[sequence - 1])).accepted == 1U);
  }
  wait(kj::mv(room));
}

BOOST_FIXTURE_TEST_CASE(batches_are_given_up_together, ServerFixture) {
  node.refusal = "overloaded: full";
  std::vector<kj::Promise<BatchReply>> replies;
  for (int i = 0; i < 5; ++i) {
    replies.push_back(
        client->submit(orders({"1"}), {.retries = i == 0 ? 3U : 1'000U}).eagerlyEvaluate(nullptr));
  }
  for (auto& reply : replies) {
    const ClientError error = failure(kj::mv(reply));
    BOOST_TEST(error.kind == Kind::overloaded);
    BOOST_TEST(contains(error.what(), "full"));
  }
  BOOST_TEST(client->inFlight() == 0U);
  node.refusal.clear();
  wait(client->whenRoom());
  BOOST_TEST(wait(client->submit(orders({"1"}))).accepted == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_broken_connection_makes_the_outcome_unknown, ServerFixture) {
  node.automatic = false;
  auto reply = client->submit(orders({"1"}));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  door =
      std::make_unique<Door>(*thread, io.unixEventPort, 10);  // the old one's connections are gone
  BOOST_TEST(failure(kj::mv(reply)).kind == Kind::unknown);
}

BOOST_FIXTURE_TEST_CASE(a_numbered_batch_is_sent_again_when_asked_to, ServerFixture) {
  node.automatic = false;
  auto batch = orders({"1"});
  batch.number(someUuid(), 5);
  auto reply = client->submit(kj::mv(batch), {.resend = true}).eagerlyEvaluate(nullptr);
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  door = nullptr;
  pass(5);
  door = std::make_unique<Door>(*thread, io.unixEventPort, 10);
  door->open(Listener(address, Exposure::loopback));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 2; }));
  BOOST_TEST(node.batches[1].firstSequence == 5U);
  BOOST_TEST((node.batches[1].client == node.batches[0].client));
  node.answer(node.accepted(node.batches[1]));
  BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
  node.publish(1);
  wait(get({"South"}));
}

BOOST_FIXTURE_TEST_CASE(batches_of_broken_connections_keep_their_order, ServerFixture) {
  node.automatic = false;
  std::vector<kj::Promise<BatchReply>> replies;
  const auto submit = [&](uint64_t sequence) {
    auto batch = orders({"1"});
    batch.number(someUuid(), sequence);
    replies.push_back(client->submit(kj::mv(batch), {.resend = true}));
  };
  for (uint64_t sequence = 1; sequence <= 10; ++sequence) submit(sequence);
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 10; }));
  for (uint64_t round = 1; round <= 20; ++round) {
    node.batches.clear();
    door = nullptr;
    submit(10 + 2 * round - 1);  // before it is known that the connection is gone
    pass(5);
    submit(10 + 2 * round);  // and after
    door = std::make_unique<Door>(*thread, io.unixEventPort, 10);
    door->open(Listener(address, Exposure::loopback));
    BOOST_REQUIRE(eventually([&] { return node.batches.size() == 10 + 2 * round; }));
    for (size_t i = 0; i < node.batches.size(); ++i) {
      BOOST_TEST(node.batches[i].firstSequence == i + 1);
    }
  }
  for (const auto& batch : node.batches) node.answer(node.accepted(batch));
  for (auto& reply : replies) BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_batch_of_a_connection_that_is_gone_comes_before_newer_ones,
                        ServerFixture) {
  node.automatic = false;
  auto older = orders({"1"});
  older.number(someUuid(), 1);
  door = nullptr;
  pass(5);
  door = std::make_unique<Door>(*thread, io.unixEventPort, 10);
  door->open(Listener(address, Exposure::loopback));
  wait(client->reconnect());
  auto newer = orders({"1"});
  newer.number(someUuid(), 2);
  auto first = client->submit(kj::mv(older), {.resend = true});
  auto second = client->submit(kj::mv(newer), {.resend = true});
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 2U; }));
  for (size_t i = 0; i < 2; ++i) {
    BOOST_TEST(node.batches[i].firstSequence == i + 1);
    node.answer(node.accepted(node.batches[i]));
  }
  wait(kj::mv(first));
  wait(kj::mv(second));
}

BOOST_FIXTURE_TEST_CASE(a_batch_waits_for_older_ones_whose_replies_nobody_asks_for, ServerFixture) {
  node.automatic = false;
  node.refusal = "overloaded: full";
  auto first = client->submit(orders({"1"}));
  pass(5);
  auto second = client->submit(orders({"1"}));
  node.refusal.clear();
  node.automatic = true;
  BOOST_TEST(wait(kj::mv(second)).accepted == 1U);
  BOOST_TEST(wait(kj::mv(first)).accepted == 1U);
}

BOOST_FIXTURE_TEST_CASE(nobody_at_the_address_is_not_reachable, ServerFixture) {
  door = nullptr;
  const ClientError error = failure(AsyncClient::connect(io, {.addresses = {address}}));
  BOOST_TEST(error.kind == Kind::notReachable);
  BOOST_TEST(contains(error.what(), address));
  const ClientError bad =
      failure(AsyncClient::connect(io, {.addresses = {"unix:/no/such/socket"}}));
  BOOST_TEST(bad.kind == Kind::notReachable);
}

BOOST_FIXTURE_TEST_CASE(a_client_can_wait_for_its_node, ServerFixture) {
  door = nullptr;
  auto later = AsyncClient::connect(io, {.addresses = {address}, .retryConnect = true});
  pass(20);
  door = std::make_unique<Door>(*thread, io.unixEventPort, 10);
  door->open(Listener(address, Exposure::loopback));
  client = wait(kj::mv(later));
  wait(get({"South"}));
}

BOOST_FIXTURE_TEST_CASE(the_second_address_serves_when_the_first_does_not, ServerFixture) {
  auto second = wait(AsyncClient::connect(io, {.addresses = {"unix:/no/such/socket", address}}));
  wait(second->describeAll());
}

BOOST_FIXTURE_TEST_CASE(a_node_that_never_answers_is_not_reachable_in_time, ServerFixture) {
  auto silent = wait(io.provider->getNetwork().parseAddress("127.0.0.1:0"))->listen();
  const std::string where = fmt::format("127.0.0.1:{}", silent->getPort());
  const ClientError error = failure(
      AsyncClient::connect(io, {.addresses = {where}, .connectTimeout = 20 * kj::MILLISECONDS}));
  BOOST_TEST(error.kind == Kind::notReachable);
}

BOOST_FIXTURE_TEST_CASE(it_talks_over_unix_sockets, ServerFixture) {
  const std::string path = fmt::format("unix:/tmp/facet-client-test-{}.sock", ::getpid());
  door->open(Listener(path, Exposure::loopback));
  {
    auto local = wait(AsyncClient::connect(io, {.addresses = {path}}));
    std::swap(client, local);
    BOOST_TEST(wait(client->submit(orders({"1"}))).accepted == 1U);
    std::swap(client, local);
  }
  BOOST_CHECK_THROW(Listener(path, Exposure::loopback), ListenError);
}

BOOST_FIXTURE_TEST_CASE(only_loopback_is_listened_on_without_insecure, ServerFixture) {
  BOOST_CHECK_THROW(Listener("0.0.0.0:0", Exposure::loopback), ListenError);
  BOOST_CHECK_THROW(Listener("nonsense", Exposure::any), ListenError);
  BOOST_CHECK_THROW(Listener(address, Exposure::any), ListenError);  // in use
  BOOST_TEST(contains(Listener("0.0.0.0:0", Exposure::any).address(), "0.0.0.0:"));
}

BOOST_AUTO_TEST_CASE(what_an_older_node_does_not_know_is_told_so) {
  const ClientError error = clientError(
      kj::Exception(kj::Exception::Type::UNIMPLEMENTED, __FILE__, __LINE__,
                    kj::str("remote exception: Method not implemented.; methodId = 9")));
  BOOST_TEST((error.kind == Kind::failed));
  BOOST_TEST(std::string(error.what()).find("older version") != std::string::npos, error.what());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
