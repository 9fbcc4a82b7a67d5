// Commands that depend on each other, many under way, while their server is killed again and again:
// what is sent again keeps its order, so that none is ever rejected.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "client/client.h"
#include "tests/system/server.h"

namespace facet::system_test {
namespace {

constexpr uint64_t kCommands = 6'000;
constexpr unsigned kKills = 8;

struct Counts {
  uint64_t done = 0;  // accepted, or accepted before
  uint64_t rejected = 0;
  std::string failure;
};

/// The command `number`, which refers to the row of the one before it.
Batch link(Client& client, const RelationShape& command, uint64_t number) {
  Batch batch = client.batch(1, 64);
  auto fields = batch.add(command, 1)[0].getDataSection();
  const std::array<uint64_t, 2> values{number, number - 1};
  const size_t bytes = command.name == "Linked" ? 16 : 8;
  BOOST_REQUIRE(fields.size() == bytes);
  std::memcpy(fields.begin(), values.data(), bytes);
  return batch;
}

RelationShape commandNamed(Client& client, const std::string& name) {
  for (RelationShape& relation : client.describeAll()) {
    if (relation.name == name && relation.kind == wire::Relation::Kind::COMMAND) return relation;
  }
  throw std::runtime_error("no command " + name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(order)

BOOST_AUTO_TEST_CASE(commands_that_depend_on_each_other_keep_their_order_under_kills) {
  const TemporaryFolder folder;
  const ServerOptions options{.model = source("tests/system/models/links"),
                              .data = folder / "data"};
  std::optional<Server> server(options);
  Client client({.addresses = {server->address()}, .connectTimeout = 30 * kj::SECONDS});
  const RelationShape begun = commandNamed(client, "Begun");
  const RelationShape linked = commandNamed(client, "Linked");
  const ClientUuid uuid = randomUuid();
  Counts counts;
  std::vector<kj::Promise<void>> replies;
  for (uint64_t number = 1; number <= kCommands; ++number) {
    client.wait(client.async().whenRoom());
    Batch batch = link(client, number == 1 ? begun : linked, number);
    batch.number(uuid, number);
    replies.push_back(
        client.async()
            .submit(kj::mv(batch), {.resend = true})
            .then(
                [&counts](BatchReply&& reply) {
                  counts.done += reply.accepted + reply.duplicates;
                  counts.rejected += reply.rejected;
                },
                [&counts](kj::Exception&& why) { counts.failure = why.getDescription().cStr(); })
            .eagerlyEvaluate(nullptr));
    if (number % (kCommands / kKills) != 0) continue;
    server->kill();
    server.emplace(options);
  }
  for (auto& reply : replies) client.wait(kj::mv(reply));
  BOOST_TEST(counts.failure == "");
  BOOST_TEST(counts.rejected == 0U);
  BOOST_TEST(counts.done == kCommands);
  server->settled();
  BOOST_TEST(server->row({"scan", "links_made"}) ==
             Json({{"links", std::to_string(kCommands - 1)}, {"last", std::to_string(kCommands)}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
