// The account of what clients hold; messages that wait for room; who gives way where it is tight.
#include "server/client_memory.h"

#include <kj/timer.h>

#include "rpc/limits.h"
#include "server/limits.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

constexpr uint64_t kLimit = 1 << 20;

struct Account {
  ClientMemory whole{kLimit};
  ClientMemory::Part first{whole};
  ClientMemory::Part second{whole};
  ~Account() {
    first.give(first.used());
    second.give(second.used());
    BOOST_TEST(whole.used() == 0U);
  }
};

BOOST_FIXTURE_TEST_SUITE(client_memory, Account)

BOOST_AUTO_TEST_CASE(one_client_can_have_most_but_not_all) {
  BOOST_TEST(first.take(whole.perClient()));
  BOOST_TEST(!first.take(1));
  BOOST_TEST(second.take(kLimit - whole.perClient()));
  BOOST_TEST(whole.used() == kLimit);
  first.give(1000);
  BOOST_TEST(second.take(1000));
}

BOOST_AUTO_TEST_CASE(who_holds_little_is_never_refused) {
  BOOST_TEST(first.take(whole.perClient()));
  BOOST_TEST(second.take(kLimit - whole.perClient()));
  ClientMemory::Part third(whole);
  BOOST_TEST(third.take(kFreeBytes));
  BOOST_TEST(!third.take(1));
  third.give(kFreeBytes);
}

BOOST_AUTO_TEST_CASE(a_larger_buffer_takes_nothing_of_what_is_free) {
  BOOST_TEST(first.takeSpare(100'000));
  BOOST_TEST(second.take(whole.perClient()));
  ClientMemory::Part third(whole);
  BOOST_TEST(!third.takeSpare(100'000));
  BOOST_TEST(third.take(kLimit - whole.used()));
  BOOST_TEST(first.take(kFreeBytes));
  BOOST_TEST(!first.take(1));
  third.give(third.used());
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_counted_and_told) {
  BOOST_TEST(first.add(whole.perClient()));
  BOOST_TEST(!first.add(100));
  BOOST_TEST(first.used() == whole.perClient() + 100);
}

BOOST_AUTO_TEST_CASE(a_hold_keeps_what_it_has_when_it_can_not_grow) {
  MemoryHold hold(first);
  BOOST_TEST(hold.resize(100'000));
  BOOST_TEST(!hold.resize(kLimit));
  BOOST_TEST(hold.bytes() == 100'000U);
  BOOST_TEST(hold.resize(50'000));
  BOOST_TEST(first.used() == 50'000U);
  const MemoryHold moved(std::move(hold));
  BOOST_TEST(first.used() == 50'000U);
}

BOOST_AUTO_TEST_CASE(it_is_a_tenth_of_the_nodes_within_bounds) {
  BOOST_TEST(clientMemoryLimit(uint64_t{64} << 20) == kLeastClientMemory);
  BOOST_TEST(clientMemoryLimit(uint64_t{1000} << 20) == uint64_t{100} << 20);
  BOOST_TEST(clientMemoryLimit(uint64_t{1} << 40) == kMostClientMemory);
}

BOOST_AUTO_TEST_SUITE_END()

struct Clock {
  kj::TimerImpl clock{kj::origin<kj::TimePoint>()};
};

/// A server with the least memory, whose time passes when the test says.
struct Tight : Clock, ServerFixture {
  Tight() : ServerFixture(4096, &clock, uint64_t{64} << 20) {
    node.putRegion(1, "South", 1, 1);
    node.publish(1);
  }
  void later(kj::Duration much) {
    clock.advanceTo(clock.now() + much);
    settle();
  }
  void read() { BOOST_TEST(wait(get({"South"})).hasRows()); }

  /// A connection that has logged in, and has sent so much of a message of 30 MiB.
  struct Peer {
    kj::Own<StockClient> stock;
    wire::Session::Client session;
    kj::Promise<void> writing;
  };
  Peer partOfMessage(size_t bytes) {
    auto stock = connectStock();
    auto session = stock->bootstrap().loginRequest().send().getSession();
    wait(session.describeRequest().send().ignoreResult());
    const uint32_t words = (30 << 20) / 8;
    auto frame = kj::heapArray<char>(bytes);
    std::memset(frame.begin(), 0, bytes);
    std::memcpy(frame.begin() + 4, &words, sizeof(words));
    auto writing = stock->stream->write(frame.begin(), bytes);
    auto going = writing.attach(kj::mv(frame)).eagerlyEvaluate([](kj::Exception&&) {});
    return {kj::mv(stock), kj::mv(session), kj::mv(going)};
  }
};

BOOST_FIXTURE_TEST_SUITE(messages_and_memory, Tight)

BOOST_AUTO_TEST_CASE(a_message_before_login_is_small) {
  auto raw = connectRaw();
  const uint32_t head[2] = {0, kMaxLoginMessageBytes / 8 + 1};
  wait(raw->write(head, sizeof(head)));
  wait(raw->write(std::string(kMaxLoginMessageBytes, '\0').data(), kMaxLoginMessageBytes));
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
}

BOOST_AUTO_TEST_CASE(who_stops_inside_of_a_message_is_cut_off) {
  const Peer peer = partOfMessage(1 << 20);
  BOOST_TEST(eventually([&] { return thread->memory().used() >= 30 << 20; }));
  for (int i = 0; i < kStalledSeconds; ++i) later(1 * kj::SECONDS);
  BOOST_TEST(door->connections() == 2U);
  for (int i = 0; i < 3; ++i) later(1 * kj::SECONDS);
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  BOOST_TEST(thread->memory().used() < kReadBuffer * 2);
  read();
}

BOOST_AUTO_TEST_CASE(large_messages_wait_for_room_and_those_in_the_way_go) {
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(partOfMessage(1 << 20));
  BOOST_TEST(eventually([&] { return thread->room().waiting() == 3U; }));
  BOOST_TEST(thread->memory().used() <= thread->memory().limit() + 10 * kReadBuffer);
  read();  // beside them
  for (int i = 0; i < kGiveWaySeconds + 2; ++i) later(1 * kj::SECONDS);
  BOOST_TEST(eventually([&] { return door->connections() < 6; }));
  for (int i = 0; i < 20; ++i) later(1 * kj::SECONDS);
  BOOST_TEST(thread->room().waiting() == 0U);
  read();
}

BOOST_AUTO_TEST_CASE(large_messages_of_good_clients_all_come_through) {
  std::vector<kj::Promise<void>> queries;
  std::vector<kj::Own<AsyncClient>> clients;
  size_t done = 0;  // all have come whole, and are too large for a query
  for (int i = 0; i < 6; ++i) {
    clients.push_back(connect());
    auto request = clients.back()->session().queryRequest();
    request.setSql("SELECT count(*) FROM customers WHERE customer_id = $1");
    request.initParams(1)[0].initText(25 << 20);
    queries.push_back(request.send().ignoreResult().eagerlyEvaluate([&done](kj::Exception&& e) {
      BOOST_TEST(contains(e.getDescription().cStr(), "parameters"));
      ++done;
    }));
  }
  BOOST_TEST(eventually([&] {
    later(kRoomPollMs * kj::MILLISECONDS);
    return done == 6;
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
