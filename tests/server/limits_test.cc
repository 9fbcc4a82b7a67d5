// Limits of server/limits.h that a client can run into: it is told, and others are not concerned.
#include "server/limits.h"

#include <capnp/rpc.capnp.h>
#include <capnp/serialize-async.h>
#include <kj/timer.h>

#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;

struct Clock {
  kj::TimerImpl clock{kj::origin<kj::TimePoint>()};
};

/// A server whose time passes when the test says.
struct Timed : Clock, ServerFixture {
  Timed() : ServerFixture(4096, &clock) {}
  void later(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock.advanceTo(clock.now() + 1 * kj::SECONDS);
      settle();
    }
  }
  void read() { wait(get({"South"})); }
};

BOOST_AUTO_TEST_SUITE(limits)

BOOST_FIXTURE_TEST_CASE(who_does_not_log_in_is_cut_off, Timed) {
  auto silent = connectRaw();
  BOOST_TEST(eventually([&] { return door->connections() == 2; }));
  later(kLoginSeconds);
  BOOST_TEST(door->connections() == 2U);
  later(2);
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  read();
}

BOOST_FIXTURE_TEST_CASE(who_is_silent_for_an_hour_is_cut_off, Timed) {
  auto silent = connect();
  for (int quarter = 0; quarter < 4; ++quarter) {
    later(kIdleSeconds / 4);
    BOOST_TEST(door->connections() == 2U);
    read();
  }
  later(2);
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  read();
}

BOOST_FIXTURE_TEST_CASE(a_cursor_that_nobody_comes_back_with_expires, Timed) {
  node.putRegion(1, "North", 1, 1);
  node.putRegion(1, "South", 1, 1);
  node.publish(1);
  const auto page = [&](capnp::Data::Reader cursor) {
    auto request = view().scanRequest();
    request.initOptions().setPage(1);
    request.getOptions().setCursor(cursor);
    return request.send().then([](Scan&& reply) { return kj::mv(reply); });
  };
  const Scan first = wait(page({}));
  BOOST_TEST(thread->cursors().open() == 1U);
  later(kCursorSeconds);
  BOOST_TEST(thread->cursors().open() == 0U);
  BOOST_TEST(failure(page(first.getCursor())).kind == Kind::expired);
}

BOOST_FIXTURE_TEST_CASE(a_cursor_is_of_one_view, ServerFixture) {
  node.putRegion(1, "North", 1, 1);
  node.putRegion(1, "South", 1, 1);
  node.publish(1);
  auto request = view().scanRequest();
  request.initOptions().setPage(1);
  const auto first = request.send().wait(io.waitScope);
  auto other = view("customers").scanRequest();
  other.initOptions().setCursor(first.getCursor());
  BOOST_TEST(contains(failure(other.send().then([](auto&&) {})).what(), "of another view"));
}

BOOST_FIXTURE_TEST_CASE(capabilities_of_a_connection_are_bounded, ServerFixture) {
  std::vector<AnyView::Client> held;
  const auto open = [&]() {
    auto request = client->session().viewRequest();
    request.setName("orders_by_region");
    return request.send().then([&](auto&& reply) { held.push_back(reply.getView()); });
  };
  while (held.size() < kMaxCapabilities - 1) wait(open());  // the client itself holds one
  BOOST_TEST(failure(open()).kind == Kind::overloaded);
  held.pop_back();
  wait(open());
  held.clear();
}

BOOST_FIXTURE_TEST_CASE(calls_that_are_never_finished_are_bounded_after_login_too, ServerFixture) {
  auto raw = connectRaw();
  capnp::AsyncIoMessageStream stream(*raw);
  const auto send = [&](capnp::MallocMessageBuilder& message) {
    auto sent = stream.capnp::MessageStream::writeMessage(message);
    return kj::runCatchingExceptions([&] { wait(kj::mv(sent)); }) == nullptr;
  };
  const auto bootstrap = [&](unsigned question) {
    capnp::MallocMessageBuilder message;
    message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(question);
    return send(message);
  };
  BOOST_TEST(bootstrap(0));
  capnp::MallocMessageBuilder login;
  auto call = login.initRoot<capnp::rpc::Message>().initCall();
  call.setQuestionId(1);
  call.initTarget().initPromisedAnswer().setQuestionId(0);
  call.setInterfaceId(capnp::typeId<wire::Facet>());
  call.initParams().getContent().initAs<wire::Facet::LoginParams>();
  BOOST_TEST(send(login));
  settle();
  unsigned sent = 2;
  while (sent <= kMaxQuestions && bootstrap(sent)) {
    if (++sent % 100 == 0) settle();
  }
  BOOST_TEST(sent >= kMaxQuestions);
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  wait(get({"South"}));
}

BOOST_FIXTURE_TEST_CASE(batches_under_way_on_a_connection_are_bounded, ServerFixture) {
  node.automatic = false;
  std::vector<kj::Promise<void>> replies;
  size_t done = 0;
  for (size_t i = 0; i < kMaxBatchesInFlight; ++i) {
    auto reply = client->submit(orders({"1"}), {.retries = 0});
    replies.push_back(reply.then([&](auto&&) { ++done; }).eagerlyEvaluate(nullptr));
  }
  BOOST_REQUIRE(eventually([&] { return node.batches.size() == kMaxBatchesInFlight; }));
  BOOST_TEST(failure(client->submit(orders({"1"}), {.retries = 0})).kind == Kind::overloaded);
  for (const CommandBatch& batch : node.batches) node.answer(node.accepted(batch));
  node.automatic = true;
  BOOST_TEST(eventually([&] { return done == kMaxBatchesInFlight; }));
  BOOST_TEST(wait(client->submit(orders({"1"}))).accepted == 1U);
}

std::string problemOfQuery(ServerFixture& f, const char* sql, unsigned params = 0) {
  auto request = f.client->session().queryRequest();
  request.setSql(sql);
  request.initParams(params);
  return f.failure(request.send().then([](auto&&) {})).what();
}

BOOST_FIXTURE_TEST_CASE(parameters_of_a_query_are_bounded, ServerFixture) {
  BOOST_TEST(contains(problemOfQuery(*this, "SELECT 1 FROM customers", kMaxParams + 1),
                      "at most 1000 parameters"));
}

BOOST_FIXTURE_TEST_CASE(a_query_without_limit_has_bounded_rows, ServerFixture) {
  for (size_t i = 0; i <= kMaxQueryRows; ++i) node.putRegion(1, std::to_string(i), 1, 1);
  node.publish(1);
  BOOST_TEST(contains(problemOfQuery(*this, "SELECT orders FROM orders_by_region"),
                      "more than 100000 rows"));
  BOOST_TEST(problemOfQuery(*this, "SELECT orders FROM orders_by_region LIMIT 5") == "no failure");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
