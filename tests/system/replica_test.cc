// Read replicas beside their primary: they join, come after it, come back after kills, and show the
// same; another log is refused, commands are sent on.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "client/reads.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Writes that are each read at once, at each of two replicas.
constexpr uint64_t kReadWrites = 200;

void add(const Server& primary, EntryRange entries, uint64_t batch = 10) {
  const Ended done = primary.run(submitEntries({}, batch), entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
}

void checkSame(const Server& replica, const Server& primary) {
  caughtUp(replica, primary);
  BOOST_TEST((replica.digests() == primary.digests()));
}

/// How a replica ended that was expected to: its exit code and what it said.
Ended ending(const ServerOptions& options) {
  Process replica = beginServing(options);
  Ended out;
  out.out = replica.readAll();
  out.code = replica.wait();
  out.errors = replica.errors();
  return out;
}

/// Adds an entry, and reads it at once where the client reads.
void writeAndRead(Client& client, const RelationShape& command, const std::string& id) {
  Batch batch = client.batch(1, 64);
  auto items = batch.add(command, 1);
  for (const auto& [field, text] :
       std::map<std::string, std::string>{{"id", id}, {"bucket", "0"}, {"amount", "1"}}) {
    BOOST_REQUIRE(writeField(*command.row.find(field), text, items[0]) == "");
  }
  const BatchReply reply = client.submit(kj::mv(batch));
  BOOST_REQUIRE(reply.accepted == 1u);
  Scan scan(client.view<capnp::AnyPointer, capnp::AnyPointer>("kept"),
            {.filter = "id = " + id, .atLeast = reply.token});
  const auto page = client.wait(scan.next());
  BOOST_REQUIRE(page.getCut().getPosition() >= reply.position);
  BOOST_REQUIRE(page.getRows().getAs<capnp::AnyList>().size() == 1u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replica)

BOOST_AUTO_TEST_CASE(replicas_join_while_there_are_writes_and_show_the_same) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary", 2));
  add(primary, {1, 5000});
  Process submit = primary.begin(submitEntries({}, 10), entryLines({5001, 5000}));
  const Server first(replicaOf(primary.address(), folder / "first", 3));
  const Server second(replicaOf(first.address(), folder / "second"));
  submit.readAll();
  BOOST_TEST(submit.wait() == 0, submit.errors());
  checkSame(first, primary);
  checkSame(second, primary);
  checkShown(second, 10'000);
  checkLogged(second, 9'001, {9'001, 1000});
}

BOOST_AUTO_TEST_CASE(everybody_is_killed_and_comes_back) {
  const TemporaryFolder folder;
  std::optional<Server> primary(std::in_place, counter(folder / "primary"));
  std::optional<Server> first(std::in_place, replicaOf(primary->address(), folder / "first"));
  std::optional<Server> second(std::in_place, replicaOf(first->address(), folder / "second"));
  add(*primary, {1, 1000});
  primary->kill();
  first->kill();
  // What it has it shows, whoever is gone.
  BOOST_TEST(second->settled().at("role") == "replica");
  primary.emplace(counter(folder / "primary"));
  add(*primary, {1001, 1000});
  second->kill();
  first.emplace(replicaOf(primary->address(), folder / "first"));
  second.emplace(replicaOf(first->address(), folder / "second"));
  checkSame(*first, *primary);
  checkSame(*second, *primary);
  checkShown(*second, 2000);
}

BOOST_AUTO_TEST_CASE(a_replica_with_a_folder_serves_without_its_upstream) {
  const TemporaryFolder folder;
  {
    const Server primary(counter(folder / "primary"));
    add(primary, {1, 1000});
    Server replica(replicaOf(primary.address(), folder / "replica"));
    caughtUp(replica, primary);
    BOOST_TEST(replica.stop() == 0);
  }
  Server replica(replicaOf("unix:" + (folder / "primary.socket").string(), folder / "replica"));
  BOOST_TEST(replica.recovered() == 1000u);
  checkShown(replica, 1000);
  const Json upstream = replica.status().at("upstream");
  BOOST_TEST(upstream.at("connected") == false);
  const auto asked = Clock::now();
  BOOST_TEST(replica.stop() == 0);
  BOOST_TEST((Clock::now() - asked < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(a_read_that_is_too_far_ahead_is_told_how_to_have_older_rows) {
  const TemporaryFolder folder;
  std::string token;
  {
    const Server primary(counter(folder / "primary"));
    add(primary, {1, 100});
    Server replica(replicaOf(primary.address(), folder / "replica"));
    caughtUp(replica, primary);
    BOOST_TEST(replica.stop() == 0);
    const Ended done = primary.run(submitEntries(), entryLines({101, 1}));
    token = jsonLines(done.out).back().at("token");
  }
  const Server replica(
      replicaOf("unix:" + (folder / "primary.socket").string(), folder / "replica"));
  for (const Words& read : {Words{"get", "kept", "100"}, Words{"scan", "kept"},
                            Words{"sql", "SELECT count(*) FROM kept"}}) {
    Words words = read;
    words.insert(words.end(), {"--at-least", token, "--at-least-wait", "0.1"});
    const Ended refused = replica.run(words);
    BOOST_TEST(refused.code == 5, refused.errors);
    BOOST_TEST(refused.errors.find("--or-older") != std::string::npos, refused.errors);
    words.emplace_back("--or-older");
    const Ended older = replica.run(words);
    BOOST_TEST(older.code == 0, older.errors);
    BOOST_TEST(older.out.find("100") != std::string::npos, older.out);
    BOOST_TEST(older.errors.find("older than asked for: these are the rows as of position 100") !=
                   std::string::npos,
               older.errors);
  }
  BOOST_TEST(replica.run({"get", "kept", "1", "--or-older"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_replica_without_a_folder_waits_for_its_upstream) {
  const TemporaryFolder folder;
  const ServerOptions options = counter(folder / "primary");
  const std::string address = "unix:" + (folder / "primary.socket").string();
  Process replica = beginServing(replicaOf(address, folder / "replica"));
  const Server primary(options);
  const auto line = replica.readLine();
  BOOST_REQUIRE(line);
  BOOST_TEST(Json::parse(*line).at("position") == 0);
  replica.signal(SIGTERM);
  BOOST_TEST(replica.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_read_at_a_replica_sees_the_write_whose_token_it_has) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary"));
  const Server first(replicaOf(primary.address(), folder / "first"));
  const Server second(replicaOf(first.address(), folder / "second"));
  for (uint64_t i = 1; i <= 50; ++i) {
    const Ended done = primary.run(submitEntries(), entryLines({i, 1}));
    BOOST_REQUIRE(done.code == 0);
    const std::string token = jsonLines(done.out).back().at("token");
    const Server& replica = i % 2 == 0 ? first : second;
    const Json row = replica.row({"get", "kept", std::to_string(i), "--at-least", token});
    BOOST_REQUIRE(row.at("id") == std::to_string(i));
  }
}

/// Somebody else adds entries all the time: so the replicas always have something to do.
BOOST_AUTO_TEST_CASE(a_write_is_seen_at_once_at_a_replica_that_is_given_its_token) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary"));
  const Server first(replicaOf(primary.address(), folder / "first", 2));
  const Server second(replicaOf(first.address(), folder / "second"));
  Process load = beginLoad(primary, {1, 200'000});
  uint64_t id = 1'000'000;
  for (const Server* replica : {&first, &second}) {
    Client client({.addresses = {replica->address()}});
    const RelationShape command = client.describe("AddEntry");
    for (uint64_t i = 0; i < kReadWrites; ++i) writeAndRead(client, command, std::to_string(++id));
  }
  BOOST_TEST(primary.status().at("position") < 200'000, "the load ends too early to be of use");
}

BOOST_AUTO_TEST_CASE(commands_find_the_primary_from_any_node) {
  const TemporaryFolder folder;
  std::optional<Server> primary(std::in_place, counter(folder / "primary"));
  const Server first(replicaOf(primary->address(), folder / "first"));
  const Server second(replicaOf(first.address(), folder / "second"));
  add(second, {1, 100});
  BOOST_TEST(primary->status().at("position") == 100);
  const std::string all = second.address() + "," + primary->address() + "," + first.address();
  Words words = submitEntries();
  words.insert(words.end(), {"--address", all});
  const Ended done = facetProgram(words, entryLines({101, 100}));
  BOOST_TEST(done.code == 0, done.errors);
  BOOST_TEST(primary->status().at("position") == 200);
  primary->kill();
  const Ended late = facetProgram(words, entryLines({201, 1}));
  BOOST_TEST(late.code == 4, late.errors);
  const std::string why = "commands go to the primary, at " + primary->address();
  const size_t told = late.errors.find("waiting, and trying again: " + why);
  BOOST_TEST(told != std::string::npos, late.errors);
  BOOST_TEST(late.errors.find("waiting", told + 1) == std::string::npos, late.errors);
  BOOST_TEST(late.errors.find("not reachable: " + why) != std::string::npos, late.errors);
  const std::string token = jsonLines(done.out).back().at("token");
  const Ended read = facetProgram(
      {"get", "kept", "200", "--json", "--at-least", token, "--address", all, "--wait", "60"});
  BOOST_TEST(read.code == 0, read.errors);
}

BOOST_AUTO_TEST_CASE(status_shows_who_follows_whom) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary"));
  add(primary, {1, 100});
  const Server first(replicaOf(primary.address(), folder / "first"));
  const Server second(replicaOf(first.address(), folder / "second"));
  add(primary, {101, 5000}, 1);
  caughtUp(second, primary);
  const auto deadline = Clock::now() + kPatience;
  Json mine = primary.status();
  while (mine.at("replicas").at(0).at("lag_events") > 0 && Clock::now() < deadline) {
    mine = primary.status();
  }
  BOOST_TEST(mine.at("role") == "primary");
  BOOST_REQUIRE(mine.at("replicas").size() == 1u);
  BOOST_TEST(mine.at("replicas").at(0).at("name") == first.address());
  BOOST_TEST(mine.at("replicas").at(0).at("position") == 5100);
  BOOST_TEST(mine.at("replicas").at(0).at("state") == "following");
  Json its = second.status();
  while (its.at("upstream").at("digests_compared") < 20 && Clock::now() < deadline) {
    its = second.status();
  }
  BOOST_TEST(its.at("role") == "replica");
  BOOST_TEST(its.at("upstream").at("address") == first.address());
  BOOST_TEST(its.at("upstream").at("primary") == primary.address());
  BOOST_TEST(its.at("upstream").at("connected") == true);
  BOOST_TEST(its.at("upstream").at("lag_events") == 0);
  BOOST_TEST(its.at("upstream").at("digests_compared") >= 20);
  BOOST_TEST(its.at("upstream").at("digests_differed") == 0);
  BOOST_TEST(second.run({"status"}).out.find("follows " + first.address()) != std::string::npos);
  BOOST_TEST(primary.run({"status"}).out.find(first.address()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_replica_without_memory_says_so_at_both_ends_and_how_far_it_is_behind) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary"));
  ServerOptions options = replicaOf(primary.address(), folder / "replica");
  options.more = {"--memory", "16M"};
  const Server replica(options);
  add(primary, {1, 100'000}, 500);
  const auto deadline = Clock::now() + kPatience;
  const auto isBehind = [&](const Json& end) {
    const uint64_t position = replica.status().at("position");
    return end.at("state").get<std::string>().starts_with("stalled: out of memory") &&
           end.at("lag_events") == 100'000 - position;
  };
  const auto its = [&] { return replica.status().at("upstream"); };
  while (!isBehind(its()) && Clock::now() < deadline) continue;
  BOOST_TEST(isBehind(its()), its().dump());
  const auto mine = [&] { return primary.status().at("replicas").at(0); };
  while (!isBehind(mine()) && Clock::now() < deadline) continue;
  BOOST_TEST(isBehind(mine()), mine().dump());
  const Json status = replica.status();
  const uint64_t lag = status.at("views").at("total").at("lag_events");
  BOOST_TEST(lag == 100'000 - status.at("position").get<uint64_t>());
  BOOST_REQUIRE(status.at("problems").size() == 1U);
  BOOST_TEST(status.at("problems").at(0).get<std::string>().find("start the replica with more") !=
             std::string::npos);
  BOOST_TEST(replica.run({"status"}).out.find("PROBLEM: ") != std::string::npos);
  BOOST_TEST(primary.run({"status"}).out.find(" is stalled: out of memory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_folder_of_another_primarys_replica_is_refused) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary"));
  add(primary, {1, 100});
  {
    Server replica(replicaOf(primary.address(), folder / "replica"));
    caughtUp(replica, primary);
    BOOST_TEST(replica.stop() == 0);
  }
  const Server other(counter(folder / "other"));
  add(other, {1, 200});
  const Ended ended = ending(replicaOf(other.address(), folder / "replica"));
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.errors.find("another log: ") != std::string::npos, ended.errors);
}

/// A primary is restored to `position`, and followed by a replica that has 200 of its events.
void checkRestoredIsRefused(const Words& upTo) {
  const TemporaryFolder folder;
  const fs::path data = folder / "primary";
  {
    Server primary(counter(data));
    add(primary, {1, 200});
    Server replica(replicaOf(primary.address(), folder / "replica"));
    caughtUp(replica, primary);
    BOOST_TEST(replica.stop() == 0);
    add(primary, {201, 100});
    BOOST_TEST(primary.stop() == 0);
  }
  Words words{"restore", "--from", data.string(), "--data", (folder / "restored").string()};
  words.insert(words.end(), upTo.begin(), upTo.end());
  BOOST_REQUIRE(facetProgram(words).code == 0);
  const Server primary(counter(folder / "restored"));
  const Ended ended = ending(replicaOf(primary.address(), folder / "replica"));
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.errors.find("another log: the node at ") != std::string::npos, ended.errors);
  BOOST_TEST(ended.errors.find("restored from a backup") != std::string::npos, ended.errors);
  BOOST_TEST(ended.errors.find("new model") == std::string::npos, ended.errors);
  BOOST_TEST(ended.errors.find("promote") == std::string::npos, ended.errors);
  // New ones follow it, from its beginning on, and one behind the other.
  const Server first(replicaOf(primary.address(), folder / "first"));
  Server second(replicaOf(first.address(), folder / "second"));
  add(primary, {301, 10});
  checkSame(first, primary);
  checkSame(second, primary);
  BOOST_TEST(second.stop() == 0);
  add(primary, {311, 10});
  const Server again(replicaOf(first.address(), folder / "second"));
  checkSame(again, primary);
}

BOOST_AUTO_TEST_CASE(a_replica_that_is_ahead_of_a_restored_primary_is_told_that_it_is_another_log) {
  checkRestoredIsRefused({"--to-position", "100"});
}

BOOST_AUTO_TEST_CASE(a_replica_that_is_behind_a_restored_primary_does_not_follow_it) {
  checkRestoredIsRefused({});
}

BOOST_AUTO_TEST_CASE(a_primary_that_has_lost_a_part_of_its_log_is_not_followed) {
  const TemporaryFolder folder;
  {
    Server primary(counter(folder / "primary"));
    add(primary, {1, 100});
    BOOST_TEST(primary.stop() == 0);
    fs::copy(folder / "primary", folder / "old", fs::copy_options::recursive);
  }
  {
    const Server primary(counter(folder / "primary"));
    add(primary, {101, 100});
    Server replica(replicaOf(primary.address(), folder / "replica"));
    caughtUp(replica, primary);
    BOOST_TEST(replica.stop() == 0);
  }
  const Server primary(counter(folder / "old"));
  const Ended ended = ending(replicaOf(primary.address(), folder / "replica"));
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(ended.errors.find("lost: ") != std::string::npos, ended.errors);
}

BOOST_AUTO_TEST_CASE(a_new_model_comes_with_the_log) {
  const TemporaryFolder folder;
  ServerOptions options = counter(folder / "primary", 2);
  fs::copy(options.model, folder / "model");
  options.model = folder / "model";
  std::optional<Server> primary(std::in_place, options);
  add(*primary, {1, 1000});
  Server first(replicaOf(primary->address(), folder / "first"));
  Server second(replicaOf(first.address(), folder / "second"));
  caughtUp(second, *primary);
  BOOST_TEST(primary->stop() == 0);
  writeFile(options.model / "views.sql",
            readFile(options.model / "views.sql") +
                "CREATE MATERIALIZED VIEW large AS SELECT bucket, count(*) AS entries\n"
                "  FROM entry_added WHERE amount > 5 GROUP BY bucket;\n");
  primary.emplace(options);
  add(*primary, {1001, 1000});
  const auto deadline = Clock::now() + kPatience;
  for (Server* replica : {&first, &second}) {
    while (!replica->status().at("views").contains("large")) {
      if (Clock::now() > deadline) throw std::runtime_error("the new view does not come");
    }
    checkSame(*replica, *primary);
    BOOST_TEST(replica->stop() == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
