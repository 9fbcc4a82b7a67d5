// Nodes whose log begins later, with a snapshot: an empty replica, and what it becomes. They are
// backed up, restored from and promoted, others begin behind them; what needs the events before is
// refused.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/system/backup.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Where the replica's log begins.
constexpr uint64_t kBegins = 1000;

void add(const Server& server, EntryRange entries, uint64_t batch = 20) {
  const Ended done = server.run(submitEntries({}, batch), entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
}

void checkSame(const Server& replica, const Server& primary) {
  caughtUp(replica, primary);
  BOOST_TEST((replica.digests() == primary.digests()));
}

std::string onlySnapshot(const Server& server) {
  return server.row({"snapshot", "list"}).at("name");
}

/// A primary with 1100 entries, and a replica of it that has the log from entry 1001 on.
struct Later {
  const TemporaryFolder folder;
  const fs::path data = folder / "replica";
  const fs::path backup = folder / "backup";
  Server primary{counter(folder / "primary", 2)};
  std::optional<Server> replica;

  Later() {
    add(primary, {1, kBegins});
    primary.row({"snapshot", "create"});
    add(primary, {kBegins + 1, 100});
    start();
    checkSame(*replica, primary);
    BOOST_TEST(replica->status().at("begins_after") == kBegins);
    BOOST_TEST(!primary.status().contains("begins_after"));
  }

  void start() { replica.emplace(replicaOf(primary.address(), data)); }
  void stop() {
    BOOST_TEST(replica->stop() == 0);
    replica.reset();
  }
  fs::path copy() const {
    fs::remove_all(folder / "copy");
    fs::copy(data, folder / "copy", fs::copy_options::recursive);
    return folder / "copy";
  }

  /// What is restored from there, to the end or a position.
  Digests restored(const fs::path& from, uint64_t position = 0) const {
    fs::remove_all(folder / "restored");
    Words more;
    if (position > 0) more = {"--to-position", std::to_string(position)};
    return digestsOf(restore(from, folder / "restored", more));
  }
  void checkTooEarly(const fs::path& from, uint64_t earliest) const {
    const std::string before = std::to_string(earliest - 1);
    for (const Words& to : {Words{"--to-position", before}, Words{"--to-time", "2001-01-01"}}) {
      checkRefused(tryToRestore(from, folder / "x", to), 1,
                   fmt::format("can be restored from position {} ", earliest));
      BOOST_TEST(!fs::exists(folder / "x"));
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(begins_later, Later)

BOOST_AUTO_TEST_CASE(a_replica_under_writes_is_backed_up_and_restored_to_what_its_primary_was) {
  Process submit = primary.begin(submitEntries({}, 20), entryLines({1101, 10'000}));
  BOOST_REQUIRE(submit.readLine());
  const Json first = backUp(*replica, backup);
  const uint64_t position = first.at("position");
  BOOST_TEST(first.at("earliest") == kBegins);
  BOOST_TEST(position > kBegins);
  const Json whole = restore(backup, folder / "end");
  BOOST_TEST(whole.at("position") == position);
  BOOST_TEST(whole.at("begins_after") == kBegins);
  BOOST_TEST(whole.at("snapshot") == first.at("snapshot"));
  BOOST_TEST(whole.at("restored_from") == first.at("log_id"));
  {
    const Server node(counter(folder / "end", 3));
    checkShown(node, position);
  }
  submit.readAll();
  BOOST_REQUIRE(submit.wait() == 0);
  caughtUp(*replica, primary);

  // Its old snapshots go, and the backup keeps what it needs.
  for (uint64_t i = 0; i < 3; ++i) {
    replica->row({"snapshot", "create"});
    add(primary, {11'101 + i * 10, 10});
    caughtUp(*replica, primary);
  }
  BOOST_TEST(replica->rows({"snapshot", "list"}).size() == 2u);
  const Json second = backUp(*replica, backup);
  BOOST_TEST(second.at("earliest") == kBegins);
  BOOST_TEST(second.at("position") == 11'130);
  BOOST_TEST(second.at("fetched_chunks").get<uint64_t>() ==
             second.at("chunks").get<uint64_t>() - first.at("chunks").get<uint64_t>());
  backUp(primary, folder / "whole");
  for (const uint64_t to : {kBegins, (kBegins + position) / 2, position, uint64_t{11'129}}) {
    BOOST_TEST_CONTEXT("position " << to) {
      const Digests now = restored(backup, to);
      BOOST_TEST((now == restored(folder / "whole", to)));
    }
  }
  BOOST_TEST((restored(backup) == primary.digests()));
  checkTooEarly(backup, kBegins);
}

BOOST_AUTO_TEST_CASE(a_new_backup_begins_with_the_oldest_snapshot_that_is_there) {
  for (uint64_t i = 0; i < 2; ++i) {
    add(primary, {1101 + i * 100, 100});
    caughtUp(*replica, primary);
    replica->row({"snapshot", "create"});
  }
  add(primary, {1301, 100});
  caughtUp(*replica, primary);
  BOOST_TEST(backUp(*replica, backup).at("earliest") == 1200);
  checkTooEarly(backup, 1200);
  BOOST_TEST((restored(backup) == primary.digests()));
  const Ended said = replica->run({"backup", backup.string()});
  BOOST_TEST(said.out.find("begins with the snapshot at position 1200") != std::string::npos);
  stop();
  // Its own folder has the events before, but not the state that they would need.
  checkTooEarly(data, 1200);
  BOOST_TEST((restored(data) == primary.digests()));
}

BOOST_AUTO_TEST_CASE(a_promoted_replica_is_backed_up_and_so_is_what_is_restored_from_it) {
  stop();
  BOOST_TEST(primary.stop() == 0);
  Server promoted(counter(data, 3));
  add(promoted, {1101, 400});
  checkShown(promoted, 1500);
  BOOST_TEST(backUp(promoted, backup).at("earliest") == kBegins);
  const Digests digests = promoted.digests();
  BOOST_TEST((restored(backup) == digests));
  {
    Server node(counter(folder / "restored"));
    BOOST_TEST((node.digests() == digests));
    add(node, {1501, 100});
    node.row({"snapshot", "create"});
    add(node, {1601, 100});
    BOOST_TEST(backUp(node, folder / "next").at("earliest") == kBegins);
    node.kill();
  }
  fs::rename(folder / "restored", folder / "kept");
  const Server again(counter(folder / "kept"));
  BOOST_TEST(again.readySnapshot() == 1600u);
  checkShown(again, 1700);
  BOOST_TEST((restored(folder / "next") == again.digests()));
  BOOST_TEST((restored(folder / "next", 1500) == digests));
}

BOOST_AUTO_TEST_CASE(what_was_done_for_whom_is_restored_from_it) {
  const std::string client = "00000000-0000-4000-8000-000000000001";
  const EntryRange sent{1101, 300};
  BOOST_REQUIRE(primary.run(submitEntries(client, 20), entryLines(sent)).code == 0);
  caughtUp(*replica, primary);
  backUp(*replica, backup);
  restored(backup, 1250);  // inside of a batch
  const Server node(counter(folder / "restored"));
  checkShown(node, 1250);
  const Ended again = node.run(submitEntries(client, 20), entryLines(sent));
  BOOST_REQUIRE_MESSAGE(again.code == 0, again.errors);
  BOOST_TEST(jsonLines(again.out).back().at("duplicates") == 150);
  BOOST_TEST(jsonLines(again.out).back().at("accepted") == 150);
  checkShown(node, 1400);
  checkLogged(node, 1001, {1001, 400});
}

BOOST_AUTO_TEST_CASE(a_backup_goes_on_with_another_node_of_its_log) {
  const fs::path early = folder / "early";
  backUp(primary, folder / "whole");
  add(primary, {1101, 100});
  caughtUp(*replica, primary);
  const Json whole = backUp(*replica, folder / "whole");
  BOOST_TEST(!whole.contains("earliest"));
  BOOST_TEST(whole.at("position") == 1200);
  BOOST_TEST((restored(folder / "whole", 500).size() == 4u));
  BOOST_TEST(backUp(*replica, backup).at("earliest") == kBegins);
  add(primary, {1201, 100});
  const Json later = backUp(primary, backup);
  BOOST_TEST(later.at("earliest") == kBegins);
  BOOST_TEST(later.at("position") == 1300);
  BOOST_TEST((restored(backup) == primary.digests()));
  // What ends before the node's log begins can't.
  primary.row({"snapshot", "create"});
  const Server behind(replicaOf(primary.address(), folder / "behind"));
  BOOST_TEST(behind.status().at("begins_after") == 1300);
  fs::copy(folder / "whole", early, fs::copy_options::recursive);
  checkRefused(behind.run({"backup", early.string()}), 1,
               "this backup ends with position 1200, and the server's log begins later");
  BOOST_TEST((restored(early, 1200) == restored(folder / "whole", 1200)));
}

BOOST_AUTO_TEST_CASE(damage_of_where_the_log_begins_is_named_and_nothing_served) {
  backUp(*replica, backup);
  stop();
  const std::string named = "log/begins: it is damaged";
  for (const size_t place : {0, 5, 20, 30, 50, 63}) {
    BOOST_TEST_CONTEXT("byte " << place) {
      damageAt(copy() / "log" / "begins", place);
      checkRefused(failToServe(counter(folder / "copy")), 1, named);
      checkRefused(failToServe(replicaOf(primary.address(), folder / "copy")), 1, named);
      checkRefused(tryToRestore(folder / "copy", folder / "x"), 1, named);
      BOOST_TEST(!fs::exists(folder / "x"));
      damageAt(backup / "log" / "begins", place);
      checkRefused(tryToRestore(backup, folder / "x"), 1, named);
      checkRefused(primary.run({"backup", backup.string()}), 1, named);
      damageAt(backup / "log" / "begins", place);
    }
  }
  fs::remove(copy() / "log" / "begins");
  checkRefused(failToServe(counter(folder / "copy")), 1, "no file `begins`");
  BOOST_TEST((restored(backup) == primary.digests()));
}

BOOST_AUTO_TEST_CASE(without_its_snapshot_it_is_not_served) {
  const std::string name = onlySnapshot(*replica);
  backUp(*replica, backup);
  stop();
  const std::string named = fmt::format("the log begins after position {}", kBegins);
  damageAt(copy() / "snapshots" / name / "manifest", 90);
  checkRefused(failToServe(counter(folder / "copy")), 1, named);
  checkRefused(failToServe(replicaOf(primary.address(), folder / "copy")), 1, named);
  checkRefused(tryToRestore(folder / "copy", folder / "x"), 1, "nothing can be restored from it");
  damageMiddle(copy() / "snapshots" / name / "data/00000000000000000000/data.mdb");
  checkRefused(tryToRestore(folder / "copy", folder / "x"), 1, name);
  checkRefused(failToServe(counter(folder / "copy")), 1, named);
  fs::remove_all(copy() / "snapshots" / name);
  checkRefused(failToServe(counter(folder / "copy")), 1, named);
  // The same of what was restored.
  restored(backup);
  fs::remove_all(folder / "restored" / "snapshots");
  checkRefused(failToServe(counter(folder / "restored")), 1, named);
}

BOOST_AUTO_TEST_CASE(a_backup_has_always_a_snapshot_to_begin_with) {
  const std::string base = backUp(*replica, backup).at("snapshot");
  add(primary, {1101, 100});
  caughtUp(*replica, primary);
  replica->row({"snapshot", "create"});
  // Lost from the backup: then it begins with the next one.
  fs::remove_all(backup / "snapshots" / base);
  BOOST_TEST(backUp(primary, backup).at("earliest") == kBegins);
  fs::remove_all(backup / "snapshots");
  BOOST_TEST(backUp(*replica, backup).at("earliest") == 1200);
  checkTooEarly(backup, 1200);
  BOOST_TEST((restored(backup) == primary.digests()));
}

BOOST_AUTO_TEST_CASE(replicas_begin_behind_it_with_its_snapshot) {
  add(primary, {1101, 100});
  const Server second(replicaOf(replica->address(), folder / "second"));
  BOOST_TEST(second.status().at("begins_after") == kBegins);
  checkSame(second, primary);
  caughtUp(*replica, primary);
  replica->row({"snapshot", "create"});
  add(primary, {1201, 100});
  const Server third(replicaOf(replica->address(), folder / "third"));
  BOOST_TEST(third.status().at("begins_after") == 1200);
  checkSame(third, primary);
  BOOST_TEST(backUp(third, backup).at("earliest") == 1200);
  BOOST_TEST((restored(backup) == primary.digests()));
}

BOOST_AUTO_TEST_CASE(replicas_begin_behind_what_was_restored_from_it) {
  backUp(*replica, backup);
  restored(backup);
  const Server node(counter(folder / "restored"));
  const Server first(replicaOf(node.address(), folder / "first"));
  BOOST_TEST(first.status().contains("begins_after"));
  add(node, {1101, 100});
  checkSame(first, node);
  const Server second(replicaOf(first.address(), folder / "second"));
  checkSame(second, node);
  add(node, {1201, 100});
  checkSame(second, node);
  const Json made = backUp(second, folder / "next");
  BOOST_TEST(made.at("position") == 1300);
  BOOST_TEST(made.at("log_id") == backUp(node, folder / "other").at("log_id"));
}

BOOST_AUTO_TEST_CASE(a_backup_can_be_of_a_snapshot_alone) {
  primary.row({"snapshot", "create"});
  const Server fresh(replicaOf(primary.address(), folder / "fresh"));
  const Json made = backUp(fresh, backup);
  BOOST_TEST(made.at("position") == 1100);
  BOOST_TEST(made.at("earliest") == 1100);
  BOOST_TEST(made.at("fetched_chunks") == 0);
  BOOST_TEST((restored(backup) == primary.digests()));
  BOOST_TEST((restored(backup, 1100) == primary.digests()));
  BOOST_TEST(backUp(fresh, backup).at("fetched_bytes") == 0);
}

BOOST_AUTO_TEST_CASE(a_backup_begins_with_a_snapshot_that_is_sound) {
  const std::string name = onlySnapshot(*replica);
  replica->row({"snapshot", "create"});
  damageMiddle(data / "snapshots" / name / "data/00000000000000000000/data.mdb");
  BOOST_TEST(backUp(*replica, backup).at("earliest") == 1100);
  BOOST_TEST(fs::exists(data / "snapshots" / (name + ".damaged")));
  BOOST_TEST((restored(backup) == primary.digests()));
}

BOOST_AUTO_TEST_CASE(if_its_only_snapshot_is_damaged_it_takes_another_for_who_begins_behind_it) {
  const std::string name = onlySnapshot(*replica);
  damageMiddle(data / "snapshots" / name / "data/00000000000000000000/data.mdb");
  const Server second(replicaOf(replica->address(), folder / "second"));
  BOOST_TEST(second.status().at("begins_after") == 1100);
  checkSame(second, primary);
  BOOST_TEST(fs::exists(data / "snapshots" / (name + ".damaged")));
  const std::string told = replica->process().errors();
  BOOST_TEST(told.find("no snapshot is left") != std::string::npos, told);
  stop();
  start();
  checkSame(*replica, primary);
}

BOOST_AUTO_TEST_CASE(other_views_are_refused_and_verify_says_what_it_folds) {
  const Ended verified = replica->run({"verify"});
  BOOST_TEST(verified.code == 0, verified.errors);
  BOOST_TEST(
      verified.out.find("100 events folded anew onto the snapshot at 1000, which is taken") !=
          std::string::npos,
      verified.out);
  const Ended rebuilt = replica->run({"rebuild", "total"});
  BOOST_TEST(rebuilt.out.find("from 100 events onto the snapshot at 1000") != std::string::npos,
             rebuilt.out);
  stop();
  ServerOptions options = counter(data);
  fs::copy(options.model, folder / "model");
  options.model = folder / "model";
  writeFile(options.model / "views.sql",
            readFile(options.model / "views.sql") +
                "CREATE MATERIALIZED VIEW more AS SELECT count(*) AS n FROM entry_added;\n");
  checkRefused(failToServe(options), 1, "this model is not the log's");
  const Server promoted(counter(data));
  checkShown(promoted, 1100);
}

/// It has begun anew with the model that the log has now.
void checkFollows(const Server& node, const Server& primary) {
  const auto deadline = Clock::now() + kPatience;
  while (!node.status().at("views").contains("more")) {
    if (Clock::now() > deadline) throw std::runtime_error("the new view does not come");
  }
  checkSame(node, primary);
  BOOST_TEST(node.status().at("begins_after") == kBegins);
}

BOOST_AUTO_TEST_CASE(views_of_a_new_model_come_from_the_node_above_two_hops_away_too) {
  const Server second(replicaOf(replica->address(), folder / "second"));
  checkSame(second, primary);
  ServerOptions options = counter(folder / "primary", 2);
  options.model = counterWithMore(folder / "model");
  options.listen = primary.address();
  BOOST_TEST(primary.stop() == 0);
  const Server changed(options);
  BOOST_TEST(changed.readySnapshot() == kBegins);
  BOOST_TEST(changed.filled() == Words{"more"});
  add(changed, {1101, 20});
  checkFollows(*replica, changed);
  checkFollows(second, changed);
  add(changed, {1121, 20});
  checkSame(*replica, changed);
  checkSame(second, changed);
  const Server anew(replicaOf(changed.address(), folder / "anew"));
  checkSame(anew, changed);
}

BOOST_AUTO_TEST_CASE(where_the_node_above_takes_no_snapshots_it_waits_for_one_and_says_so) {
  ServerOptions options = counter(folder / "primary", 2);
  options.model = counterWithMore(folder / "model");
  options.listen = primary.address();
  options.more = {"--snapshot-every", "0"};
  BOOST_TEST(primary.stop() == 0);
  const Server changed(options);
  const auto deadline = Clock::now() + kPatience;
  while (replica->process().errors().find("it waits for a snapshot") == std::string::npos) {
    if (Clock::now() > deadline) throw std::runtime_error("it does not say that it waits");
  }
  changed.row({"snapshot", "create"});
  checkFollows(*replica, changed);
}

BOOST_AUTO_TEST_CASE(a_promoted_one_takes_a_model_with_fewer_views) {
  stop();
  ServerOptions options = counter(data);
  fs::copy(options.model, folder / "model");
  options.model = folder / "model";
  writeFile(options.model / "views.sql",
            "CREATE MATERIALIZED VIEW total AS SELECT count(*) AS entries,\n"
            "  count(DISTINCT id) AS ids, sum(amount) AS amount FROM entry_added;\n");
  const Server promoted(options);
  BOOST_TEST(promoted.readySnapshot() == kBegins);
  BOOST_TEST(promoted.row({"scan", "total"}).at("entries") == "1100");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
