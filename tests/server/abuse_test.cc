// Clients that mean no good, and good clients that are served all the same.
#include <capnp/rpc.capnp.h>
#include <capnp/serialize-async.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "server/limits.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A new client logs in and reads, in less than a second.
void checkGoodClientIsServed(ServerFixture& f) {
  const auto start = Clock::now();
  auto good = f.connect();
  std::swap(f.client, good);
  f.wait(f.get({"South"}));
  std::swap(f.client, good);
  BOOST_TEST(secondsSince(start) < 1.0);
}

size_t residentMegabytes() {
  long pages = 0;
  long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  BOOST_REQUIRE(std::fscanf(file, "%ld %ld", &pages, &resident) == 2);
  std::fclose(file);
  return static_cast<size_t>(resident) * 4096 >> 20;
}

/// The port of "127.0.0.1:port".
int connectBlocking(const ServerFixture& f) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(f.address.substr(f.address.find(':') + 1))));
  BOOST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0);
  return fd;
}

void resetOnClose(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

BOOST_AUTO_TEST_SUITE(abuse)

BOOST_FIXTURE_TEST_CASE(a_thousand_idle_connections_leave_room_for_a_good_client, ServerFixture) {
  const size_t before = residentMegabytes();
  std::vector<kj::AutoCloseFd> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.emplace_back(connectBlocking(*this));
    if (i % 50 == 0) settle();
  }
  BOOST_TEST(eventually([&] { return door->connections() == 1001; }));
  checkGoodClientIsServed(*this);
  BOOST_TEST(residentMegabytes() - before < 100U);
}

BOOST_FIXTURE_TEST_CASE(ten_thousand_connects_and_resets_leave_nothing_behind, ServerFixture) {
  for (int i = 0; i < 10'000; ++i) {
    const kj::AutoCloseFd fd(connectBlocking(*this));
    resetOnClose(fd);
    if (i % 20 == 0) settle();
  }
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  checkGoodClientIsServed(*this);
}

BOOST_AUTO_TEST_CASE(beyond_the_cap_those_who_did_not_log_in_make_room) {
  ServerFixture f(20);
  std::vector<kj::AutoCloseFd> idle;
  for (int i = 0; i < 100; ++i) {
    idle.emplace_back(connectBlocking(f));
    f.settle();
  }
  BOOST_TEST(f.eventually([&] { return f.door->connections() <= 20; }));
  checkGoodClientIsServed(f);
  f.wait(f.get({"South"}));  // who had logged in before is still there
}

BOOST_AUTO_TEST_CASE(when_all_have_logged_in_a_newcomer_is_refused) {
  ServerFixture f(3);
  auto second = f.connect();
  auto third = f.connect();
  BOOST_TEST(f.failure(AsyncClient::connect(f.io, {.addresses = {f.address}})).kind ==
             ClientError::Kind::notReachable);
  third = nullptr;
  BOOST_TEST(f.eventually([&] { return f.door->connections() == 2; }));
  checkGoodClientIsServed(f);
}

BOOST_FIXTURE_TEST_CASE(running_out_of_descriptors_is_survived, ServerFixture) {
  rlimit normal{};
  ::getrlimit(RLIMIT_NOFILE, &normal);
  // Client and server share the process: the client's half of a connection must just fit.
  const kj::AutoCloseFd probe(::dup(0));
  std::vector<kj::AutoCloseFd> clients;
  for (int i = 0; i < 5; ++i) clients.emplace_back(connectBlocking(*this));
  rlimit tight = normal;
  tight.rlim_cur = static_cast<rlim_t>(clients.back().get()) + 1;
  ::setrlimit(RLIMIT_NOFILE, &tight);
  pass(20);  // the door can't accept them
  ::setrlimit(RLIMIT_NOFILE, &normal);
  BOOST_TEST(eventually([&] { return door->connections() == 6; }));
  checkGoodClientIsServed(*this);
}

BOOST_FIXTURE_TEST_CASE(hostile_first_bytes_end_that_connection_alone, ServerFixture) {
  const std::string attacks[] = {std::string("\xff\xff\xff\xff", 4), std::string(8, '\x7f'),
                                 std::string("\0\0\0\0\xff\xff\xff\xff", 8),
                                 std::string(4096, '\0'), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"};
  for (const std::string& attack : attacks) {
    auto stream = connectRaw();
    wait(stream->write(attack.data(), attack.size()));
    char answer[4096];
    while (wait(stream->tryRead(answer, 1, sizeof(answer))) > 0) {
    }
  }
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  checkGoodClientIsServed(*this);
}

/// Bootstrap questions that are never finished.
BOOST_FIXTURE_TEST_CASE(calls_without_end_before_login_are_cut_off, ServerFixture) {
  auto raw = connectRaw();
  capnp::AsyncIoMessageStream stream(*raw);
  bool failed = false;
  for (unsigned i = 0; i < 1000 && !failed; ++i) {
    capnp::MallocMessageBuilder message;
    message.initRoot<capnp::rpc::Message>().initBootstrap().setQuestionId(i);
    auto sent = stream.capnp::MessageStream::writeMessage(message);
    failed = kj::runCatchingExceptions([&] { wait(kj::mv(sent)); }) != nullptr;
    settle();
    failed = failed || door->connections() == 1;
  }
  BOOST_TEST(failed);
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
}

struct Small : ServerFixture {
  Small() : ServerFixture(4096, nullptr, uint64_t{64} << 20) {}
};

BOOST_FIXTURE_TEST_CASE(what_a_client_that_never_reads_takes_is_bounded, Small) {
  for (int i = 0; i < 10'000; ++i) node.putRegion(1, fmt::format("region number {:06}", i), i, i);
  node.publish(1);
  const size_t before = residentMegabytes();
  auto raw = connectRaw();
  // The calls of a client whose socket is never read from: recorded by a stock client on a pipe.
  auto pipe = kj::newTwoWayPipe();
  capnp::TwoPartyClient calls(*pipe.ends[0]);
  auto pump = pipe.ends[1]->pumpTo(*raw).ignoreResult().eagerlyEvaluate([](kj::Exception&&) {});
  auto session = calls.bootstrap().castAs<wire::Facet>().loginRequest().send().getSession();
  auto open = session.viewRequest();
  open.setName("orders_by_region");
  auto view = open.send().getView().castAs<AnyView>();
  std::vector<kj::Promise<void>> replies;
  for (int i = 0; i < 3'000 && thread->memory().used() < thread->memory().limit() / 2; ++i) {
    auto request = view.scanRequest();
    request.initOptions().setPage(kMaxPage);
    replies.push_back(request.send().then([](auto&&) {}).eagerlyEvaluate([](kj::Exception&&) {}));
    if (i % 8 == 0) pass(1);
    BOOST_REQUIRE(thread->memory().used() <= thread->memory().perClient() + kMaxReplyBytes);
  }
  BOOST_TEST(thread->memory().used() > kMaxReplyBytes);
  checkGoodClientIsServed(*this);
  BOOST_TEST(residentMegabytes() - before < 300U);
  pump = nullptr;
  raw = nullptr;
  BOOST_TEST(eventually([&] { return door->connections() == 1; }));
  BOOST_TEST(eventually([&] { return thread->memory().used() == 0; }));
}

BOOST_FIXTURE_TEST_CASE(no_descriptor_is_left_behind, ServerFixture) {
  const auto next = [] {
    const kj::AutoCloseFd probe(::dup(0));
    return probe.get();
  };
  checkGoodClientIsServed(*this);
  BOOST_REQUIRE(eventually([&] { return door->connections() == 1; }));
  const int before = next();
  for (int i = 0; i < 50; ++i) checkGoodClientIsServed(*this);
  BOOST_REQUIRE(eventually([&] { return door->connections() == 1; }));
  BOOST_TEST(next() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
