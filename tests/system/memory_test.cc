// What clients can make a node hold, seen from outside: its resident memory stays under the limits
// that docs/operations.md states, and who asks for little is served meanwhile. And what snapshots
// leave behind.
#include <capnp/rpc.capnp.h>
#include <capnp/serialize-async.h>
#include <kj/async-io.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "client/client.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

constexpr uint64_t kEntries = 3'000;

// As docs/operations.md states it. The program, its threads and the log's pages:
constexpr uint64_t kProgramMiB = 96;
/// What clients may hold with --memory 64M.
constexpr uint64_t kClientsMiB = 64;
/// Answers that are just being made, and what the allocator keeps for half a second.
constexpr uint64_t kMomentMiB = 64;

uint64_t residentMiB(const Server& server, const std::string& what) {
  std::ifstream status("/proc/" + std::to_string(server.process().id()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(what + ":", 0) == 0) return std::stoull(line.substr(what.size() + 1)) >> 10;
  }
  throw std::runtime_error("no " + what);
}

struct Node {
  Node()
      : server({.model = source("tests/system/models/counter"),
                .data = folder / "data",
                .listen = "127.0.0.1:0",
                .more = {"--memory", "64M"}}) {
    BOOST_REQUIRE(server.run(submitEntries(), entryLines({1, kEntries})).code == 0);
    server.settled();
    before = residentMiB(server, "VmRSS");
  }
  ~Node() {
    const uint64_t most = residentMiB(server, "VmHWM");
    BOOST_TEST(most < std::max(before, kProgramMiB) + kClientsMiB + kMomentMiB);
    BOOST_TEST_MESSAGE("before " << before << " MiB, at most " << most);
  }
  void checkServes() const {
    const auto began = Clock::now();
    BOOST_TEST(server.row({"get", "kept", "7"}).at("id") == "7");
    BOOST_TEST(server.run(submitEntries(), entryLines({7, 1})).code == 0);
    BOOST_TEST((Clock::now() - began < std::chrono::seconds(5)));
  }

  TemporaryFolder folder;
  Server server;
  uint64_t before = 0;
};

/// Connections that have logged in, and do from then on what the test says.
class Crowd {
 public:
  Crowd(const Server& server, size_t size) : io_(kj::setupAsyncIo()) {
    auto address = io_.provider->getNetwork().parseAddress(server.address()).wait(io_.waitScope);
    for (size_t i = 0; i < size; ++i) {
      Member& member = *members_.emplace_back(std::make_unique<Member>());
      member.stream = address->connect().wait(io_.waitScope);
      send(member, [](capnp::rpc::Message::Builder out) { out.initBootstrap().setQuestionId(0); });
      send(member, [](capnp::rpc::Message::Builder out) {
        auto call = out.initCall();
        call.setQuestionId(1);
        call.initTarget().initPromisedAnswer().setQuestionId(0);
        call.setInterfaceId(capnp::typeId<wire::Facet>());
        call.initParams().getContent().initAs<wire::Facet::LoginParams>();
      });
      skipReturns(member, 2);
    }
  }

  /// The beginning of a message of 30 MiB, almost all of it.
  void stopInsideOfMessages() {
    const uint32_t words = (30 << 20) / 8;
    std::string frame(29 << 20, '\0');
    std::memcpy(frame.data() + 4, &words, sizeof(words));
    for (auto& member : members_) begin(*member, frame);
    pass();
  }

  /// A query whose answer nobody will read.
  void askAndNeverRead(const std::string& sql) {
    for (auto& member : members_) {
      send(*member, [&sql](capnp::rpc::Message::Builder out) {
        auto call = out.initCall();
        call.setQuestionId(2);
        auto answer = call.initTarget().initPromisedAnswer();
        answer.setQuestionId(1);
        answer.initTransform(1)[0].setGetPointerField(0);
        call.setInterfaceId(capnp::typeId<wire::Session>());
        call.setMethodId(kQueryMethod);
        call.initParams().getContent().initAs<wire::Session::QueryParams>().setSql(sql);
      });
    }
    pass();
  }

 private:
  static constexpr uint16_t kQueryMethod = 2;
  struct Member {
    kj::Own<kj::AsyncIoStream> stream;
    kj::Promise<void> writing = nullptr;
  };

  template <typename Fill>
  void send(Member& member, Fill&& fill) {
    capnp::MallocMessageBuilder message;
    fill(message.initRoot<capnp::rpc::Message>());
    capnp::writeMessage(*member.stream, message).wait(io_.waitScope);
  }
  void skipReturns(Member& member, int count) {
    for (int i = 0; i < count; ++i) capnp::readMessage(*member.stream).wait(io_.waitScope);
  }
  /// Goes on as far as the server reads; what becomes of the connection is nobody's concern.
  void begin(Member& member, const std::string& bytes) {
    auto copy = kj::heapString(bytes.data(), bytes.size());
    auto writing = member.stream->write(copy.begin(), copy.size());
    member.writing = writing.attach(kj::mv(copy)).eagerlyEvaluate([](kj::Exception&&) {});
  }
  void pass() {
    for (int i = 0; i < 30; ++i) {
      io_.provider->getTimer().afterDelay(100 * kj::MILLISECONDS).wait(io_.waitScope);
    }
  }

  kj::AsyncIoContext io_;
  std::vector<std::unique_ptr<Member>> members_;
};

struct Held {
  uint64_t bytes = 0;  // as the node counts it
  uint64_t residentMiB = 0;
};

/// What a node holds after some seconds of orders.
Held heldAfterOrders(const Words& more) {
  const TemporaryFolder folder;
  const Server server({.model = source("bench/models/orders"), .data = folder / "data"});
  Words words = {"bench",  "orders", "--address", server.address(),
                 "--rate", "20000",  "--seconds", "5"};
  words.insert(words.end(), more.begin(), more.end());
  BOOST_REQUIRE(facetProgram(words).code == 0);
  return {server.settled().at("memory"), residentMiB(server, "VmRSS")};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(queries_that_make_large_texts) {
  const Node node;
  const std::string wide = "lpad(id::text, 1000000, 'x')";
  const std::vector<std::string> greedy = {
      "SELECT " + wide + " AS a, " + wide + " AS b, " + wide + " AS c FROM kept",
      "SELECT " + wide + " AS a FROM kept ORDER BY 1",
      "SELECT " + wide + " AS a, count(*) AS n FROM kept GROUP BY " + wide,
      "SELECT count(DISTINCT " + wide + ") AS n FROM kept",
      "SELECT id FROM kept ORDER BY " + wide + " LIMIT 2000",
  };
  std::vector<Process> running;
  for (int i = 0; i < 3; ++i) {
    for (const std::string& sql : greedy) running.push_back(node.server.begin({"sql", sql}));
  }
  node.checkServes();
  for (Process& query : running) {
    BOOST_TEST(query.wait() != 0);
    const std::string said = query.errors();
    const bool refused =
        said.find("memory") != std::string::npos || said.find("MB") != std::string::npos;
    BOOST_TEST(refused, said);
  }
  node.checkServes();
}

BOOST_AUTO_TEST_CASE(messages_that_do_not_come_whole) {
  const Node node;
  Crowd crowd(node.server, 40);
  crowd.stopInsideOfMessages();
  node.checkServes();
}

BOOST_AUTO_TEST_CASE(answers_that_nobody_reads) {
  const Node node;
  Crowd crowd(node.server, 40);
  crowd.askAndNeverRead("SELECT lpad(id::text, 3000, 'x') AS a FROM kept");  // 9 MB
  node.checkServes();
}

BOOST_AUTO_TEST_CASE(snapshots_under_load_leave_no_memory_behind) {
  const Held without = heldAfterOrders({});
  const Held with = heldAfterOrders({"--snapshots"});
  // What the last one kept is sorted out while rows are written: some of it is still there.
  BOOST_TEST(with.bytes < 2 * without.bytes + (size_t{4} << 20));
  BOOST_TEST(with.residentMiB < without.residentMiB + 24);
  BOOST_TEST_MESSAGE(without.bytes << " bytes, " << without.residentMiB << " MiB; with snapshots "
                                   << with.bytes << ", " << with.residentMiB);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
