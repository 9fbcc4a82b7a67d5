// Commands that depend on each other, many under way, while their server is killed again and again,
// or refuses some: what is sent again keeps its order, so that none is ever rejected.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "client/client.h"
#include "tests/system/server.h"

namespace facet::system_test {
namespace {

constexpr uint64_t kCommands = 6'000;  // more than may be under way on a connection
constexpr unsigned kKills = 8;

RelationShape commandNamed(Client& client, const std::string& name) {
  for (RelationShape& relation : client.describeAll()) {
    if (relation.name == name && relation.kind == wire::Relation::Kind::COMMAND) return relation;
  }
  throw std::runtime_error("no command " + name);
}

/// Commands from 1, each of which refers to the row of the one before it, in numbered batches of
/// one.
class Chain {
 public:
  explicit Chain(Client& client)
      : client_(client),
        begun_(commandNamed(client, "Begun")),
        linked_(commandNamed(client, "Linked")) {}

  void submitNext() {
    Batch batch = link(++last_);
    batch.number(uuid_, last_);
    replies_.push_back(
        client_.async()
            .submit(kj::mv(batch), {.retries = 1'000, .resend = true})
            .then(
                [this](BatchReply&& reply) {
                  done_ += reply.accepted + reply.duplicates;
                  rejected_ += reply.rejected;
                },
                [this](kj::Exception&& why) { failure_ = why.getDescription().cStr(); })
            .eagerlyEvaluate(nullptr));
  }

  /// Each was accepted, now or before.
  void checkAllDone() {
    for (auto& reply : replies_) client_.wait(kj::mv(reply));
    BOOST_TEST(failure_ == "");
    BOOST_TEST(rejected_ == 0U);
    BOOST_TEST(done_ == last_);
  }

 private:
  Batch link(uint64_t number) {
    Batch batch = client_.batch(1, 64);
    const RelationShape& command = number == 1 ? begun_ : linked_;
    auto fields = batch.add(command, 1)[0].getDataSection();
    const std::array<uint64_t, 2> values{number, number - 1};
    const size_t bytes = number == 1 ? 8 : 16;
    BOOST_REQUIRE(fields.size() == bytes);
    std::memcpy(fields.begin(), values.data(), bytes);
    return batch;
  }

  Client& client_;
  const RelationShape begun_;
  const RelationShape linked_;
  const ClientUuid uuid_ = randomUuid();
  uint64_t last_ = 0;
  uint64_t done_ = 0;
  uint64_t rejected_ = 0;
  std::string failure_;
  std::vector<kj::Promise<void>> replies_;
};

void checkView(const Server& server) {
  server.settled();
  BOOST_TEST(server.row({"scan", "links_made"}) ==
             Json({{"links", std::to_string(kCommands - 1)}, {"last", std::to_string(kCommands)}}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(order)

BOOST_AUTO_TEST_CASE(commands_that_depend_on_each_other_keep_their_order_under_kills) {
  const TemporaryFolder folder;
  const ServerOptions options{.model = source("tests/system/models/links"),
                              .data = folder / "data"};
  std::optional<Server> server(options);
  Client client({.addresses = {server->address()}, .connectTimeout = 30 * kj::SECONDS});
  Chain chain(client);
  for (uint64_t number = 1; number <= kCommands; ++number) {
    client.wait(client.async().whenRoom());
    chain.submitNext();
    if (number % (kCommands / kKills) != 0) continue;
    server->kill();
    server.emplace(options);
  }
  chain.checkAllDone();
  checkView(*server);
}

#ifdef FACET_HELD_DISK

/// A disk of servers that are started while it lives: it hangs while it is held.
class HeldDisk {
 public:
  explicit HeldDisk(const fs::path& file)
      : file_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    BOOST_REQUIRE(file_ >= 0);
    BOOST_REQUIRE(setenv("FACET_HELD_DISK_LOCK", file.c_str(), 1) == 0);
    BOOST_REQUIRE(setenv("LD_PRELOAD", FACET_HELD_DISK, 1) == 0);
  }
  ~HeldDisk() {
    unsetenv("LD_PRELOAD");
    unsetenv("FACET_HELD_DISK_LOCK");
    close(file_);
  }
  HeldDisk(const HeldDisk&) = delete;

  void hold() { BOOST_REQUIRE(flock(file_, LOCK_EX) == 0); }
  void letGo() { BOOST_REQUIRE(flock(file_, LOCK_UN) == 0); }

 private:
  const int file_;
};

/// The disk hangs until one of the commands is refused, with all before it under way.
void refuseSome(bool kill) {
  const TemporaryFolder folder;
  HeldDisk disk(folder / "lock");
  const ServerOptions options{.model = source("tests/system/models/links"),
                              .data = folder / "data"};
  std::optional<Server> server(options);
  auto refused = kj::newPromiseAndFulfiller<void>();
  std::string why;
  Client client({.addresses = {server->address()},
                 .connectTimeout = 30 * kj::SECONDS,
                 .onWaiting = [&](const std::string& reason) {
                   if (why.empty()) why = reason;
                   refused.fulfiller->fulfill();
                 }});
  Chain chain(client);
  disk.hold();
  for (uint64_t number = 1; number <= kCommands; ++number) chain.submitNext();
  client.wait(kj::mv(refused.promise));
  BOOST_TEST(why.find("4096 batches") != std::string::npos, why);
  if (kill) server->kill();
  disk.letGo();
  if (kill) server.emplace(options);
  chain.checkAllDone();
  checkView(*server);
}

BOOST_AUTO_TEST_CASE(commands_refused_while_older_ones_are_under_way_keep_their_order) {
  refuseSome(false);
}

BOOST_AUTO_TEST_CASE(a_kill_after_some_were_refused_does_not_change_their_order) {
  refuseSome(true);
}

#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
