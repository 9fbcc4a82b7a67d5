// Nodes that are stopped, or whose machine is gone: connections stand, and nothing comes. And those
// that only take their time.
#include <memory>
#include <vector>

#include "client/reads.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

constexpr auto kSilence = 120 * kj::MILLISECONDS;

ClientUuid someUuid() {
  return *uuidFromText("123e4567-e89b-12d3-a456-426614174000");
}

/// What lies between a client and a node: it passes bytes on, slowly if wanted, until it is
/// stopped.
class Line {
 public:
  Line(kj::AsyncIoContext& io, std::string to)
      : io_(io),
        to_(std::move(to)),
        listener_(
            io.provider->getNetwork().parseAddress("127.0.0.1:0").wait(io.waitScope)->listen()),
        taking_(take().eagerlyEvaluate(nullptr)) {}

  std::string address() { return fmt::format("127.0.0.1:{}", listener_->getPort()); }

  bool stopped = false;
  uint64_t bytes = 0;  // passed on
  size_t piece = 1 << 16;
  kj::Duration pause = 0 * kj::MILLISECONDS;  // for each piece

 private:
  struct Pair {
    kj::Own<kj::AsyncIoStream> near, far;
    std::vector<char> there = std::vector<char>(1 << 16), back = there;
    kj::Promise<void> passing = nullptr;
  };

  kj::Promise<void> take() {
    return listener_->accept()
        .then([this](kj::Own<kj::AsyncIoStream> near) {
          return io_.provider->getNetwork()
              .parseAddress(to_.c_str())
              .then([](kj::Own<kj::NetworkAddress> parsed) { return parsed->connect(); })
              .then([this, near = kj::mv(near)](kj::Own<kj::AsyncIoStream> far) mutable {
                auto& pair = *pairs_.emplace_back(std::make_unique<Pair>());
                pair.near = kj::mv(near);
                pair.far = kj::mv(far);
                kj::Vector<kj::Promise<void>> ways;
                ways.add(pass(*pair.near, *pair.far, pair.there));
                ways.add(pass(*pair.far, *pair.near, pair.back));
                pair.passing =
                    kj::joinPromises(ways.releaseAsArray()).eagerlyEvaluate([](auto&&) {});
              });
        })
        .then([this]() { return take(); });
  }

  kj::Promise<void> pass(kj::AsyncIoStream& from, kj::AsyncIoStream& to,
                         std::vector<char>& buffer) {
    if (stopped) return kj::NEVER_DONE;
    return from.tryRead(buffer.data(), 1, piece)
        .then([this, &from, &to, &buffer](size_t got) -> kj::Promise<void> {
          if (got == 0 || stopped) return kj::NEVER_DONE;
          bytes += got;
          auto written = to.write(buffer.data(), got);
          if (pause > 0 * kj::SECONDS) {
            written = written.then([this]() { return io_.provider->getTimer().afterDelay(pause); });
          }
          return written.then([this, &from, &to, &buffer]() { return pass(from, to, buffer); });
        });
  }

  kj::AsyncIoContext& io_;
  const std::string to_;
  kj::Own<kj::ConnectionReceiver> listener_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  kj::Promise<void> taking_;
};

/// A client whose node is behind a line.
struct Behind : ServerFixture {
  Behind() {
    node.putRegion(1, "South", 2, 30'000);
    node.publish(1);
    reconnect({line.address()});
  }
  ~Behind() { client = connect(); }

  ClientOptions options(std::vector<std::string> addresses) const {
    return {.addresses = std::move(addresses),
            .connectTimeout = 500 * kj::MILLISECONDS,
            .silence = kSilence};
  }
  void reconnect(std::vector<std::string> addresses) {
    client = wait(AsyncClient::connect(io, options(std::move(addresses))));
  }
  /// A client at the line, which has another address, too.
  void reconnectToBoth() {
    for (;;) {  // it begins with either of them
      reconnect({line.address(), address});
      const uint64_t before = line.bytes;
      wait(client->describeAll());
      if (line.bytes > before) return;
    }
  }
  kj::Promise<BatchReply> submit(uint64_t sequence, SubmitOptions how = {.resend = true}) {
    Batch batch = orders({"1"});
    batch.number(someUuid(), sequence);
    return client->submit(kj::mv(batch), how).eagerlyEvaluate(nullptr);
  }
  uint64_t count(kj::Promise<QueryReply> reply) { return wait(kj::mv(reply)).rows.size(); }

  Line line{io, address};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(silence, Behind)

BOOST_AUTO_TEST_CASE(a_read_at_a_stopped_node_ends_as_disconnected) {
  wait(get({"South"}));
  line.stopped = true;
  BOOST_TEST(failure(get({"South"})).kind == Kind::disconnected);
}

BOOST_AUTO_TEST_CASE(a_read_waits_for_its_position_longer_than_that_at_a_node_that_lives) {
  auto read = get({"South"}, token(9), 60'000);
  node.makeDurable(9);
  pass(4 * kSilence / kj::MILLISECONDS);
  BOOST_TEST(!read.poll(io.waitScope));
  node.publish(9);
  BOOST_TEST(wait(kj::mv(read)).getCut().getPosition() == 9U);
}

BOOST_AUTO_TEST_CASE(a_read_that_waits_for_its_position_ends_when_the_node_stops) {
  node.makeDurable(9);
  auto read = get({"South"}, token(9), 60'000);
  pass(2 * kSilence / kj::MILLISECONDS);
  line.stopped = true;
  const ClientError error = failure(kj::mv(read));
  BOOST_TEST(error.kind == Kind::disconnected);
  BOOST_TEST(contains(error.what(), "no sign of life"));
}

BOOST_AUTO_TEST_CASE(a_batch_at_a_node_that_lives_may_take_its_time) {
  node.automatic = false;
  auto reply = submit(1);
  pass(4 * kSilence / kj::MILLISECONDS);
  BOOST_TEST(node.batches.size() == 1U);
  node.answer(node.accepted(node.batches[0]));
  BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_at_a_stopped_node_is_unknown) {
  node.automatic = false;
  auto once = client->submit(orders({"1"})).eagerlyEvaluate(nullptr);
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  line.stopped = true;
  BOOST_TEST(failure(kj::mv(once)).kind == Kind::unknown);
  // And with numbers, when nobody else is there.
  line.stopped = false;
  reconnect({line.address()});
  std::vector<kj::Promise<BatchReply>> numbered;
  for (uint64_t sequence = 1; sequence <= 5; ++sequence) numbered.push_back(submit(sequence));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 6; }));
  line.stopped = true;
  const kj::TimePoint before = io.provider->getTimer().now();
  for (auto& reply : numbered) BOOST_TEST(failure(kj::mv(reply)).kind == Kind::unknown);
  // Given up together, not one after another.
  BOOST_TEST((io.provider->getTimer().now() - before < 3 * kj::SECONDS));
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_node_closed_is_asked_no_more) {
  reconnect({address});
  node.automatic = false;
  auto reply = client->submit(orders({"1"})).eagerlyEvaluate(nullptr);
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 1; }));
  door = std::make_unique<Door>(*thread, io.unixEventPort, 10);
  BOOST_TEST(failure(kj::mv(reply)).kind == Kind::unknown);
  pass(3 * kSilence / kj::MILLISECONDS);
  door->open(Listener(address, Exposure::loopback));
  wait(client->reconnect());
  BOOST_TEST(count(query(*client, "SELECT region FROM orders_by_region")) == 1U);
}

BOOST_AUTO_TEST_CASE(numbered_batches_of_a_stopped_node_go_to_the_next_address_in_order) {
  reconnectToBoth();
  node.automatic = false;
  std::vector<kj::Promise<BatchReply>> replies;
  for (uint64_t sequence = 1; sequence <= 8; ++sequence) replies.push_back(submit(sequence));
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 8; }));
  line.stopped = true;
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == 16; }));
  for (size_t i = 0; i < 8; ++i) {
    BOOST_TEST(node.batches[8 + i].firstSequence == i + 1);
    node.answer(node.accepted(node.batches[8 + i]));
  }
  for (auto& reply : replies) BOOST_TEST(wait(kj::mv(reply)).accepted == 1U);
}

BOOST_AUTO_TEST_CASE(reads_go_on_at_the_next_address) {
  reconnectToBoth();
  line.stopped = true;
  BOOST_TEST(count(query(*client, "SELECT region FROM orders_by_region")) == 1U);
  BOOST_TEST(wait(client->describeAll()).size() > 1U);
}

BOOST_AUTO_TEST_CASE(an_address_that_accepts_and_says_nothing_leaves_time_for_the_next) {
  line.stopped = true;
  for (int i = 0; i < 8; ++i) {  // it begins with either of them
    reconnect({line.address(), address});
    BOOST_TEST(count(query(*client, "SELECT region FROM orders_by_region")) == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_large_batch_on_a_slow_line_is_no_silence) {
  line.piece = 16 << 10;
  line.pause = 1 * kj::MILLISECONDS;
  Batch batch = client->batch(1, 1 << 20);
  const std::string text(16 << 20, 'x');
  const RelationShape order = wait(client->describe("PlaceOrder"));
  auto items = batch.add(order, 1);
  for (const auto& [field, value] : {std::pair<const char*, std::string>{"order_id", "1"},
                                     {"customerId", text},
                                     {"placed_on", "2017-11-08"},
                                     {"total", "1"}}) {
    BOOST_TEST(writeField(*order.row.find(field), value, items[0]) == "");
  }
  BOOST_TEST(wait(client->submit(kj::mv(batch), {.retries = 0})).accepted == 1U);
}

BOOST_AUTO_TEST_CASE(a_node_that_lives_and_answers_no_batch_is_given_up_in_time) {
  ClientOptions impatient = options({address});
  impatient.answerTimeout = 200 * kj::MILLISECONDS;
  client = wait(AsyncClient::connect(io, impatient));
  node.automatic = false;
  auto first = submit(1);
  auto second = submit(2);
  for (auto* reply : {&first, &second}) {
    const ClientError error = failure(kj::mv(*reply));
    BOOST_TEST(error.kind == Kind::unknown);
    BOOST_TEST(contains(error.what(), "answered no batch within 200 ms"));
  }
  node.batches.clear();
  node.automatic = true;
  BOOST_TEST(wait(submit(3)).accepted == 1U);
}

BOOST_AUTO_TEST_CASE(a_read_that_a_node_which_lives_does_not_answer_is_timed_out) {
  ClientOptions impatient = options({address});
  impatient.answerTimeout = 200 * kj::MILLISECONDS;
  client = wait(AsyncClient::connect(io, impatient));
  node.makeDurable(9);
  const auto ask = [this](wire::Session::Client session) -> kj::Promise<Query> {
    auto request = session.queryRequest();
    request.setSql("SELECT region FROM orders_by_region");
    const std::string ahead = token(9);
    auto read = request.initRead();
    read.setAtLeast({reinterpret_cast<const capnp::byte*>(ahead.data()), ahead.size()});
    read.setMaxWaitMs(60'000);
    return request.send();
  };
  const ClientError error = failure(client->read(ask));
  BOOST_TEST(error.kind == Kind::timedOut);
  BOOST_TEST(contains(error.what(), "though the node lives"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
