// Backup of a running server, and restore: to the end, to any event, to a time; what is not whole,
// damaged or another's is refused by name.
#include "tests/system/backup.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

const std::string kLogFile = "log/00000000000000000000/data.mdb";

void add(const Server& server, EntryRange entries, uint64_t batch = 100) {
  const Ended done = server.run(submitEntries({}, batch), entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
}

/// A server of the counter with 1000 entries, backed up, and gone.
struct BackedUp {
  const TemporaryFolder folder;
  Digests digests;
  Json made;

  BackedUp() {
    Server server(counter(folder / "data"));
    add(server, {1, 1000});
    digests = server.digests();
    made = backUp(server, folder / "backup");
    BOOST_REQUIRE(server.stop() == 0);
  }
  fs::path backup() const { return folder / "backup"; }
  fs::path snapshot() const {
    return backup() / "snapshots" / made.at("snapshot").get<std::string>();
  }
  void checkRestores() const {
    fs::remove_all(folder / "again");
    BOOST_TEST((digestsOf(restore(backup(), folder / "again")) == digests));
  }
};

// ---- transfers: commands with several events ----

constexpr uint64_t kTransfers = 120;
const std::string kClient = "6d5f9a30-0b1e-4c6b-9a43-2f3d7c1e8b55";

ServerOptions transfers(const fs::path& data, unsigned shards = 1) {
  return {.model = source("tests/system/models/transfers"), .data = data, .shards = shards};
}

std::string transferLines() {
  std::string out;
  for (uint64_t i = 1; i <= kTransfers; ++i) {
    out += fmt::format(R"({{"source":{},"target":{},"transfer":{},"amount":"{}.25","fee":"0.{}"}})"
                       "\n",
                       1 + i % 7, 1 + i % 11, i, i, i % 3 == 0 ? 10 : 0);
  }
  return out;
}

Words submitTransfers() {
  return {"submit", "Transfer", "--jsonl", "-", "--json", "--batch", "7", "--client", kClient};
}

/// The events of the log as commands with one event each.
std::vector<std::string> moveLines(const Server& server) {
  std::vector<std::string> out;
  for (const Json& event : server.rows({"log", "show", "--from", "1", "--limit", "10000"})) {
    out.push_back(event.at("data").dump() + "\n");
  }
  return out;
}

/// The commands that have an event among the first `position` ones.
uint64_t commandsUpTo(const std::vector<std::string>& moves, uint64_t position) {
  return std::stoull(Json::parse(moves.at(position - 1)).at("transfer").get<std::string>());
}

std::multiset<std::string> rowsOf(const Server& server, const std::string& view) {
  std::multiset<std::string> out;
  for (const Json& row : server.rows({"scan", view})) out.insert(row.dump());
  return out;
}

/// A restored server at one position: shows what one does that was fed those events alone, and
/// knows which commands were done.
void checkServes(const fs::path& data, const Server& reference, uint64_t commands) {
  const Server server(transfers(data, 2));
  BOOST_TEST((server.digests() == reference.digests()));
  for (const char* view : {"balances", "by_transfer", "largest"}) {
    BOOST_TEST((rowsOf(server, view) == rowsOf(reference, view)));
  }
  const Ended again = server.run(submitTransfers(), transferLines());
  BOOST_REQUIRE_MESSAGE(again.code == 0, again.errors);
  const Json summary = jsonLines(again.out).back();
  BOOST_TEST(summary.at("duplicates") == commands);
  BOOST_TEST(summary.at("accepted") == kTransfers - commands);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup)

BOOST_AUTO_TEST_CASE(a_backup_under_load_is_a_state_that_was) {
  const TemporaryFolder folder;
  const Server server(counter(folder / "data", 2));
  add(server, {1, 2000});
  Process submit = server.begin(submitEntries({}, 20), entryLines({2001, 20'000}));
  BOOST_REQUIRE(submit.readLine());
  const Json first = backUp(server, folder / "backup");
  const uint64_t position = first.at("position");
  BOOST_TEST(position > 2000);
  const Json restored = restore(folder / "backup", folder / "first");
  BOOST_TEST(restored.at("position") == position);
  BOOST_TEST(restored.at("snapshot") == first.at("snapshot"));
  BOOST_TEST(restored.at("restored_from") == first.at("log_id"));
  const Server node(counter(folder / "first"));
  checkShown(node, position);

  submit.readAll();
  BOOST_REQUIRE(submit.wait() == 0);
  const Json second = backUp(server, folder / "backup");
  BOOST_TEST(second.at("position") == 22'000);
  BOOST_TEST(second.at("fetched_chunks").get<uint64_t>() ==
             second.at("chunks").get<uint64_t>() - first.at("chunks").get<uint64_t>());
  const Json end = restore(folder / "backup", folder / "second");
  BOOST_TEST((digestsOf(end) == server.digests()));
}

BOOST_AUTO_TEST_CASE(a_backup_again_fetches_nothing) {
  const TemporaryFolder folder;
  const Server server(counter(folder / "data"));
  add(server, {1, 100});
  const Json first = backUp(server, folder / "backup");
  BOOST_TEST(first.at("fetched_chunks") == first.at("chunks"));
  const Json second = backUp(server, folder / "backup");
  BOOST_TEST(second.at("fetched_bytes") == 0);
  BOOST_TEST(second.at("position") == 100);
  BOOST_TEST(second.at("snapshot") == first.at("snapshot"));
  BOOST_TEST(server.status().at("replicas").empty());
}

BOOST_AUTO_TEST_CASE(an_empty_log_is_backed_up_and_restored) {
  const TemporaryFolder folder;
  const Server server(counter(folder / "data"));
  BOOST_TEST(backUp(server, folder / "backup").at("position") == 0);
  BOOST_TEST((digestsOf(restore(folder / "backup", folder / "new")) == server.digests()));
  const Server node(counter(folder / "new"));
  add(node, {1, 10});
  checkShown(node, 10);
}

BOOST_AUTO_TEST_CASE(what_is_too_large_for_one_reply_comes_in_pieces) {
  const TemporaryFolder folder;
  ServerOptions options{.model = source("tests/system/models/baskets"), .data = folder / "data"};
  const Server server(options);
  std::string lines;
  for (int i = 0; i < 3; ++i) {
    const std::string sku(i == 1 ? size_t{9} << 20 : 10, static_cast<char>('a' + i));
    lines +=
        fmt::format(R"({{"customer":"c{}","region":"x","lines":[{{"sku":"{}","price":"1.00"}}]}})"
                    "\n",
                    i, sku);
  }
  const Ended done = server.run({"submit", "PlaceBasket", "--jsonl", "-"}, lines);
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  const Json made = backUp(server, folder / "backup");
  BOOST_TEST(made.at("fetched_bytes") > 18 << 20);
  const Json restored = restore(folder / "backup", folder / "new");
  BOOST_TEST(restored.at("snapshot") == made.at("snapshot"));
  BOOST_TEST((digestsOf(restored) == server.digests()));
}

BOOST_AUTO_TEST_CASE(a_replica_is_backed_up_like_its_primary) {
  const TemporaryFolder folder;
  const Server primary(counter(folder / "primary"));
  add(primary, {1, 1000});
  const Server replica(replicaOf(primary.address(), folder / "replica"));
  caughtUp(replica, primary);
  BOOST_TEST(backUp(replica, folder / "backup").at("position") == 1000);
  BOOST_TEST((digestsOf(restore(folder / "backup", folder / "new")) == primary.digests()));
  // It is the same log: the backup can go on with the primary.
  add(primary, {1001, 100});
  BOOST_TEST(backUp(primary, folder / "backup").at("position") == 1100);
}

BOOST_AUTO_TEST_CASE(a_restore_to_any_position_is_the_state_after_these_events) {
  const TemporaryFolder folder;
  std::optional<Server> server(std::in_place, transfers(folder / "data", 2));
  const Ended done = server->run(submitTransfers(), transferLines());
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  const std::vector<std::string> moves = moveLines(*server);
  BOOST_REQUIRE(moves.size() == kTransfers / 3 * 7);
  backUp(*server, folder / "backup");
  BOOST_REQUIRE(server->stop() == 0);
  const Server reference(transfers(folder / "reference"));
  for (uint64_t position = 10; position <= moves.size(); position += 10) {
    BOOST_TEST_CONTEXT("position " << position) {
      std::string fed;
      for (uint64_t i = position - 10; i < position; ++i) fed += moves[i];
      BOOST_REQUIRE(reference.run({"submit", "Move", "--jsonl", "-"}, fed).code == 0);
      const fs::path data = folder / std::to_string(position);
      const Json restored =
          restore(folder / "backup", data, {"--to-position", std::to_string(position)});
      BOOST_TEST(restored.at("position") == position);
      BOOST_TEST((digestsOf(restored) == reference.digests()));
      if (position % 40 == 0) checkServes(data, reference, commandsUpTo(moves, position));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_restore_to_a_time_ends_with_the_last_commit_before_it, BackedUp) {
  std::string time;
  uint64_t last = 0;
  {
    const Server server(counter(folder / "data"));
    const auto events = server.rows({"log", "show", "--from", "1", "--limit", "1000"});
    time = events.at(499).at("time");
    for (const Json& event : events) {
      if (event.at("time").get<std::string>() == time) last = event.at("position");
    }
  }
  const Json restored = restore(backup(), folder / "then", {"--to-time", time});
  BOOST_TEST(restored.at("position") == last);
  BOOST_TEST(restored.at("time") == time + "+00");
  const Server node(counter(folder / "then"));
  checkShown(node, last);
  checkRefused(tryToRestore(backup(), folder / "x", {"--to-time", "2001-01-01 00:00:00"}), 1,
               "begins at");
  checkRefused(tryToRestore(backup(), folder / "x", {"--to-time", "yesterday"}), 2, "--to-time");
  BOOST_TEST(restore(backup(), folder / "end", {"--to-time", "2200-01-01"}).at("position") == 1000);
}

BOOST_AUTO_TEST_CASE(tokens_of_the_old_log_are_lost) {
  const TemporaryFolder folder;
  std::string token;
  std::optional<Server> server(std::in_place, counter(folder / "data"));
  const Ended done = server->run(submitEntries(), entryLines({1, 10}));
  BOOST_REQUIRE(done.code == 0);
  token = jsonLines(done.out).back().at("token");
  backUp(*server, folder / "backup");
  restore(folder / "backup", folder / "new", {"--to-position", "5"});
  const Server node(counter(folder / "new"));
  checkRefused(node.run({"get", "kept", "3", "--at-least", token}), 1, "lost");
  const Ended read = node.run({"get", "kept", "3", "--json"});
  BOOST_TEST(read.code == 0, read.errors);
  // The next backup of it is of another log.
  checkRefused(node.run({"backup", (folder / "backup").string()}), 1, "backup of log");
  backUp(node, folder / "other");
}

BOOST_FIXTURE_TEST_CASE(a_stopped_servers_folder_is_restored_from, BackedUp) {
  const Json restored = restore(folder / "data", folder / "new");
  BOOST_TEST((digestsOf(restored) == digests));
  BOOST_TEST(restored.at("position") == 1000);
  // And again, from what was restored: each has an id of its own.
  const Json again = restore(folder / "new", folder / "newer", {"--to-position", "77"});
  BOOST_TEST(again.at("restored_from") == restored.at("log_id"));
  BOOST_TEST(again.at("log_id") != restored.at("log_id"));
  const Server server(counter(folder / "newer"));
  checkShown(server, 77);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_restored_is_refused, BackedUp) {
  const fs::path x = folder / "x";
  checkRefused(tryToRestore(backup(), x, {"--to-position", "1001"}), 1, "ends with 1000");
  checkRefused(tryToRestore(backup(), x, {"--to-position", "0"}), 2, "--to-position");
  checkRefused(tryToRestore(backup(), x, {"--to-position", "5", "--to-time", "2024-01-01"}), 2,
               "--to-time");
  checkRefused(tryToRestore(folder / "nowhere", x), 1, "neither a backup");
  BOOST_TEST(!fs::exists(x));
  checkRefused(tryToRestore(backup(), folder / "data"), 1, "the folder of a node already");
  checkRefused(tryToRestore(backup(), backup()), 1, "not empty");
  const Server server(counter(folder / "data"));
  checkRefused(tryToRestore(folder / "data", x), 1, "in use by process");
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_written_to_is_refused, BackedUp) {
  const Server server(counter(folder / "data"));
  fs::create_directory(folder / "full");
  writeFile(folder / "full" / "notes.txt", "mine");
  checkRefused(server.run({"backup", (folder / "full").string()}), 1, "not empty (notes.txt)");
  checkRefused(server.run({"backup", (folder / "data").string()}), 1, "not empty");
  const Server other(counter(folder / "other"));
  checkRefused(other.run({"backup", backup().string()}), 1, "it is a backup of log");
  BOOST_TEST(backUp(server, backup()).at("fetched_chunks") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_backup_that_is_not_whole_is_refused_and_gone_on_with, BackedUp) {
  fs::rename(backup() / "facet-backup", backup() / "begun");
  checkRefused(tryToRestore(backup(), folder / "x"), 1, "not whole");
  const Server server(counter(folder / "data"));
  const Json again = backUp(server, backup());
  BOOST_TEST(again.at("fetched_chunks") == 0);
  BOOST_TEST(!fs::exists(backup() / "begun"));
  checkRestores();
}

BOOST_FIXTURE_TEST_CASE(a_restore_that_is_not_whole_is_refused, BackedUp) {
  restore(backup(), folder / "new");
  fs::rename(folder / "new" / "facet-data", folder / "new" / "restoring");
  checkRefused(failToServe(counter(folder / "new")), 1, "cut short");
  checkRefused(tryToRestore(backup(), folder / "new"), 1, "cut short");
  checkRefused(tryToRestore(folder / "new", folder / "x"), 1, "neither a backup");
  fs::remove_all(folder / "new");
  restore(backup(), folder / "new");
}

BOOST_FIXTURE_TEST_CASE(damage_is_named_and_leaves_nothing_behind, BackedUp) {
  const auto checkDamaged = [&](const fs::path& file, const std::string& named) {
    BOOST_TEST_CONTEXT(file) {
      checkRefused(tryToRestore(backup(), folder / "x"), 1, named);
      BOOST_TEST(!fs::exists(folder / "x"));
    }
  };
  const fs::path log = backup() / kLogFile;
  damage(log, entryNote(250));
  checkDamaged(log, kLogFile);
  damage(log, std::string(1, entryNote(250)[0] ^ 1) + entryNote(250).substr(1));
  checkRestores();

  const fs::path frames = snapshot() / "data/00000000000000000000/data.mdb";
  damageMiddle(frames);
  checkDamaged(frames, made.at("snapshot"));
  damageMiddle(frames);
  checkRestores();
  damageAt(snapshot() / "manifest", 100);
  checkDamaged(snapshot() / "manifest", "manifest");
  fs::remove_all(snapshot());
  checkRestores();

  damageAt(backup() / "facet-backup", 40);
  checkDamaged(backup() / "facet-backup", "facet-backup: it is damaged");
  const Server server(counter(folder / "data"));
  checkRefused(server.run({"backup", backup().string()}), 1, "facet-backup: it is damaged");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
