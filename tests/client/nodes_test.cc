// A client of several nodes: commands find the primary, reads go to any of them, and on when one is
// gone; and what was seen stays seen.
#include "client/reads.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

struct FakeUpstream final : Upstream {
  UpstreamState state() const override { return {}; }
  const std::string& primary() const override { return address; }
  std::vector<ChainNode> chain() const override { return {}; }
  Position head() const override { return {}; }
  uint32_t lagMs(Position) const override { return 0; }
  std::string address;
};

/// Beside the fixture's primary a replica of it.
struct TwoNodes : ServerFixture {
  TwoNodes() {
    upstream.address = address;
    Listener listener("127.0.0.1:0", Exposure::loopback);
    replicaAddress = listener.address();
    replicaDoor = std::make_unique<Door>(replicaThread, io.unixEventPort, 100);
    replicaDoor->open(std::move(listener));
  }
  ~TwoNodes() {
    replicaDoor = nullptr;
    replicaThread.abandon();
    settle();
  }

  kj::Own<AsyncClient> to(std::vector<std::string> addresses) {
    return wait(AsyncClient::connect(io, {.addresses = std::move(addresses)}));
  }
  /// The position that the client's next read is true at.
  kj::Promise<uint64_t> position(AsyncClient& reader) {
    return reader
        .read([&reader](wire::Session::Client session) {
          auto request = session.queryRequest();
          request.setSql("SELECT count(*) FROM orders_by_region");
          reader.readAfterWrite(request.initRead());
          return request.send().then(
              [](capnp::Response<wire::Session::QueryResults>&& answer) { return kj::mv(answer); });
        })
        .then([](auto&& answer) { return answer.getCut().getPosition(); });
  }
  kj::Promise<BatchReply> placeOrder(AsyncClient& through, SubmitOptions options = {}) {
    Batch batch = through.batch(1, 100);
    auto items = batch.add(order, 1);
    for (const auto& [field, text] :
         {std::pair{"order_id", "1"}, {"customer_id", "c1"}, {"total", "1.50"}}) {
      BOOST_TEST(writeField(*order.row.find(field), text, items[0]) == "");
    }
    batch.number(*uuidFromText("123e4567-e89b-12d3-a456-426614174000"), ++sequence);
    return through.submit(kj::mv(batch), options);
  }

  RpcThread::Options following() const {
    RpcThread::Options out;
    out.upstream = &upstream;
    return out;
  }

  RelationShape order = wait(client->describe("PlaceOrder"));
  uint64_t sequence = 0;
  FakeUpstream upstream;
  CompletionQueue replicaCompletions{io.unixEventPort,
                                     [](const std::string& why) { BOOST_FAIL(why); }};
  FakeNode replica{replicaCompletions};
  RpcThread replicaThread{replica, replicaCompletions, io.provider->getTimer(), io.unixEventPort,
                          following()};
  std::unique_ptr<Door> replicaDoor;
  std::string replicaAddress;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(several_nodes, TwoNodes)

BOOST_AUTO_TEST_CASE(commands_go_to_the_primary_that_the_replica_names) {
  auto through = to({replicaAddress});
  BOOST_TEST(wait(placeOrder(*through)).accepted == 1u);
  BOOST_TEST(wait(placeOrder(*through)).accepted == 1u);
  BOOST_TEST(node.taken == 2u);
  BOOST_TEST(replica.taken == 0u);
}

BOOST_AUTO_TEST_CASE(reads_stay_at_the_replica_and_see_what_was_written) {
  auto through = to({replicaAddress});
  wait(placeOrder(*through));
  auto read = position(*through);
  settle();
  BOOST_TEST(!read.poll(io.waitScope));
  replica.publish(1);
  BOOST_TEST(wait(kj::mv(read)) == 1u);
}

BOOST_AUTO_TEST_CASE(clients_spread_over_the_nodes_and_commands_do_not) {
  std::vector<kj::Own<AsyncClient>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(to({address, replicaAddress}));
  BOOST_TEST(thread->connections > 5u);
  BOOST_TEST(replicaThread.connections > 5u);
  for (auto& one : clients) wait(placeOrder(*one));
  BOOST_TEST(node.taken == 40u);
}

BOOST_AUTO_TEST_CASE(a_read_goes_on_at_another_node_and_never_back) {
  replica.publish(9);
  node.publish(5);
  auto reader = to({replicaAddress});
  BOOST_TEST(wait(position(*reader)) == 9u);
  auto both = to({address, replicaAddress});
  while (wait(position(*both)) != 9) both = to({address, replicaAddress});
  replicaDoor = nullptr;
  settle();
  auto read = position(*both);
  pass(50);
  // The primary's log ends before it: a replica's token is from a log that has more.
  BOOST_TEST(failure(kj::mv(read)).kind == Kind::lost);
  node.publish(12);
  BOOST_TEST(wait(position(*both)) == 12u);
}

BOOST_AUTO_TEST_CASE(the_primary_is_found_again_when_it_comes_back) {
  auto through = to({replicaAddress});
  wait(placeOrder(*through));
  door = nullptr;
  settle();
  auto reply = placeOrder(*through, {.resend = true}).eagerlyEvaluate(nullptr);
  pass(20);
  BOOST_TEST(node.taken == 1u);
  door = std::make_unique<Door>(*thread, io.unixEventPort, 100);
  door->open(Listener(address, Exposure::loopback));
  BOOST_TEST(wait(kj::mv(reply)).accepted == 1u);
  BOOST_TEST(node.taken == 2u);
}

BOOST_AUTO_TEST_CASE(without_a_primary_commands_are_not_reachable_and_reads_are_answered) {
  door = nullptr;
  auto through = wait(AsyncClient::connect(
      io, {.addresses = {replicaAddress}, .connectTimeout = 50 * kj::MILLISECONDS}));
  BOOST_TEST(failure(placeOrder(*through)).kind == Kind::notReachable);
  BOOST_TEST(wait(position(*through)) == 0u);
}

BOOST_AUTO_TEST_CASE(addresses_are_listed_with_commas) {
  BOOST_TEST(addressList("a:1").size() == 1u);
  BOOST_TEST((addressList("a:1,unix:/b,c:3") == std::vector<std::string>{"a:1", "unix:/b", "c:3"}));
  BOOST_TEST(addressList(",").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
