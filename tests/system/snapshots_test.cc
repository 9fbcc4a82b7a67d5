// Snapshots as their operator sees them: taken, listed, checked and pruned beside a load; a server
// starts from one with other shards; what is damaged or of another log is named and set aside, and
// nothing shown is touched by it.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <optional>
#include <random>
#include <sstream>

#include "tests/system/backup.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Single bits flipped at seeded places of a snapshot's data.
constexpr int kFlips = 10;
/// Entries of a load that others work beside: it is never done.
constexpr uint64_t kLoad = 200'000;

const std::string kSender = "00000000-0000-4000-8000-000000000001";

void add(const Server& server, EntryRange entries) {
  const Ended done = server.run(submitEntries({}, 50), entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
}

Ended said(const Ended& ended, int code, const std::string& text) {
  BOOST_TEST(ended.code == code, ended.out << ended.errors);
  const std::string& where = code == 0 ? ended.out : ended.errors;
  BOOST_TEST(where.find(text) != std::string::npos, ended.out << ended.errors);
  return ended;
}

/// The entries are sent by this client; so many are known.
void checkKnown(const Server& server, const std::string& client, EntryRange entries,
                uint64_t known) {
  const Ended done = server.run(submitEntries(client), entryLines(entries));
  BOOST_TEST(done.code == 0, done.errors);
  BOOST_TEST(jsonLines(done.out).back().at("duplicates") == known);
}

/// The folders in the data folder's, sorted.
std::vector<std::string> snapshotFolders(const fs::path& data) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(data / "snapshots")) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A server with entries, and a load beside it that is still going on.
struct Loaded {
  const TemporaryFolder folder;
  Server server{counter(folder / "data", 2)};
  Process load;

  Loaded() : load(begin()) {}

  Process begin() const {
    add(server, {1, 1000});
    return beginLoad(server, {1001, kLoad});
  }

  /// Nothing is missing in what the server shows then, and the next one.
  void finish() {
    load.signal(SIGKILL);
    load.wait();
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(server.process().errors() == "");
    const Server again(counter(folder / "data", 3));
    BOOST_TEST(again.readyPosition() < 1000 + kLoad, "the load ends too early to be of use");
    checkShown(again, again.readyPosition());
  }
};

/// A folder with 500 entries and snapshots at 300 and 400, of which damaged copies are made.
struct Kept {
  const TemporaryFolder folder;
  Digests digests;
  std::vector<std::string> names;  // of the snapshots

  Kept() { digests = make("whole", 1, names); }

  /// `first`: the first entry's number.
  Digests make(const std::string& name, uint64_t first, std::vector<std::string>& snapshots) const {
    Server server(counter(folder / name, 2));
    add(server, {first, 300});
    snapshots.push_back(server.row({"snapshot", "create"}).at("name"));
    add(server, {first + 300, 100});
    snapshots.push_back(server.row({"snapshot", "create"}).at("name"));
    add(server, {first + 400, 100});
    Digests out = server.digests();
    BOOST_REQUIRE(server.stop() == 0);
    return out;
  }

  fs::path copy() const {
    fs::remove_all(folder / "copy");
    fs::copy(folder / "whole", folder / "copy", fs::copy_options::recursive);
    return folder / "copy";
  }
  fs::path snapshot(size_t number) const {
    return folder / "copy" / "snapshots" / names.at(number);
  }
  fs::path manifest(size_t number) const { return snapshot(number) / "manifest"; }
  fs::path data(size_t number) const;

  /// The second one was found damaged, and set aside.
  void checkDamagedIsListedAndPruned(const Server& server) const {
    const auto listed = server.rows({"snapshot", "list"});
    BOOST_REQUIRE(listed.size() == 2U);
    BOOST_TEST(listed[0].at("name") == names[0]);
    BOOST_TEST(!listed[0].contains("seconds"));  // nothing was measured
    BOOST_TEST(listed[1].at("name") == names[1] + ".damaged");
    BOOST_TEST(listed[1].at("bytes") > 0);
    BOOST_TEST(listed[1].contains("problem"));
    said(server.run({"snapshot", "list"}), 0, "damaged");
    said(server.run({"snapshot", "prune"}), 0, "removed, was damaged");
    BOOST_TEST(server.row({"snapshot", "list"}).at("name") == names[0]);
    BOOST_TEST(!fs::exists(snapshot(1).string() + ".damaged"));
  }

  /// The copy is served, from the snapshot at `from`, and these were set aside.
  void checkServed(uint64_t from, const std::vector<size_t>& aside) const {
    const fs::path data = folder / "copy";
    Server server(counter(data, 3));
    BOOST_TEST(server.readySnapshot() == from);
    BOOST_TEST(server.recovered() == 500 - from);
    const std::string told = server.process().errors();
    std::vector<std::string> expected;
    for (size_t i = 0; i < names.size(); ++i) {
      const bool gone = std::find(aside.begin(), aside.end(), i) != aside.end();
      expected.push_back(names[i] + (gone ? ".damaged" : ""));
      BOOST_TEST((told.find(expected.back()) != std::string::npos) == gone, told);
    }
    BOOST_TEST((told.find("set aside") != std::string::npos) == !aside.empty(), told);
    BOOST_TEST(snapshotFolders(data) == expected, boost::test_tools::per_element());
    BOOST_TEST((server.digests() == digests));
    BOOST_TEST(server.rows({"snapshot", "verify"}).size() == names.size() - aside.size());
    BOOST_TEST(server.row({"snapshot", "create"}).at("position") == 500);
    BOOST_TEST(server.stop() == 0);
  }
};

fs::path Kept::data(size_t number) const {
  for (const auto& entry : fs::recursive_directory_iterator(snapshot(number))) {
    if (entry.path().filename() == "data.mdb") return entry.path();
  }
  throw std::runtime_error("the snapshot has no data");
}

/// The middle of the longest stretch without many zeros: of the largest frame, since LMDB grows
/// files ahead, and leaves old pages behind.
size_t middleOf(const fs::path& file) {
  const std::string zeros(64, '\0');
  const std::string bytes = readFile(file) + zeros;
  size_t longest = 0;
  size_t middle = 0;
  for (size_t place = 0; place < bytes.size();) {
    const size_t end = bytes.find(zeros, place);
    if (end - place > longest) {
      longest = end - place;
      middle = place + longest / 2;
    }
    place = bytes.find_first_not_of('\0', end);
  }
  return middle;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_FIXTURE_TEST_CASE(they_are_taken_listed_checked_and_pruned_beside_a_load, Loaded) {
  said(server.run({"snapshot", "list"}), 0, "there is no snapshot");
  BOOST_TEST(server.rows({"snapshot", "list"}).empty());
  said(server.run({"snapshot", "create"}), 0, "snapshot at position ");
  const Json second = server.row({"snapshot", "create"});
  BOOST_TEST(second.at("position") >= 1000);
  BOOST_TEST(second.at("bytes") > 0);
  said(server.run({"snapshot", "list"}), 0, second.at("position").dump());
  const auto listed = server.rows({"snapshot", "list"});
  BOOST_REQUIRE(listed.size() == 2U);
  BOOST_TEST(listed.back().at("name") == second.at("name"));
  BOOST_TEST(listed.front().at("position") < listed.back().at("position"));
  said(server.run({"snapshot", "verify"}), 0, "sound");
  BOOST_TEST(server.rows({"snapshot", "verify"}).size() == 2U);
  said(server.run({"snapshot", "prune", "--keep", "1"}), 0, "removed");
  said(server.run({"snapshot", "prune"}), 0, "nothing was removed");
  BOOST_TEST(server.rows({"snapshot", "prune", "--keep", "1"}).empty());
  BOOST_TEST(server.row({"snapshot", "list"}).at("name") == second.at("name"));
  for (int i = 0; i < 3; ++i) server.row({"snapshot", "create"});
  BOOST_TEST(server.rows({"snapshot", "list"}).size() == 2U);
  said(server.run({"snapshot", "prune", "--keep", "0"}), 2, "--keep");
  said(server.run({"snapshot", "burn"}), 2, "burn");
  finish();
}

BOOST_FIXTURE_TEST_CASE(views_are_verified_and_rebuilt_beside_a_load, Loaded) {
  said(server.run({"verify"}), 0, "events folded anew");
  const Json verified = server.row({"verify"});
  BOOST_TEST(verified.at("relations").size() == 4U);
  BOOST_TEST(verified.at("events") >= 1000);
  for (const auto& [name, relation] : verified.at("relations").items()) {
    BOOST_TEST(relation.at("sound") == true, verified.dump());
  }
  said(server.run({"rebuild", "total"}), 0, "the same rows as before");
  for (const char* view : {"by_bucket", "kept"}) {
    const Json rebuilt = server.row({"rebuild", view});
    BOOST_TEST(rebuilt.at("view") == view);
    BOOST_TEST(rebuilt.at("before") == rebuilt.at("after"), rebuilt.dump());
    BOOST_TEST(rebuilt.at("kept") == rebuilt.at("rows"), rebuilt.dump());
  }
  said(server.run({"rebuild", "nothing"}), 1, "there is no view \"nothing\"");
  said(server.run({"rebuild", "entries"}), 1, "there is no view \"entries\"");
  said(server.run({"rebuild"}), 2, "VIEW");
  finish();
}

BOOST_AUTO_TEST_CASE(status_shows_what_log_and_snapshots_take_and_what_is_free) {
  const TemporaryFolder folder;
  const Server server(counter(folder / "data"));
  add(server, {1, 1000});
  const Json before = server.status();
  const uint64_t bytes = server.row({"snapshot", "create"}).at("bytes");
  const Json after = server.status();
  BOOST_TEST(after.at("disk_snapshots").get<uint64_t>() == bytes);
  BOOST_TEST(after.at("disk").get<uint64_t>() == before.at("disk").get<uint64_t>() + bytes);
  BOOST_TEST(after.at("disk_log") == before.at("disk_log"));
  BOOST_TEST(after.at("disk_free") > 0);
  BOOST_TEST(after.at("problems").empty());
  said(server.run({"status"}), 0, "disk ");
}

BOOST_AUTO_TEST_CASE(a_server_starts_from_one_with_other_shards) {
  const TemporaryFolder folder;
  uint64_t entries = 0;
  uint64_t snapshot = 0;
  Digests digests;
  for (const unsigned shards : {1U, 4U, 2U, 3U}) {
    Server server(counter(folder / "data", shards));
    BOOST_TEST(server.readySnapshot() == snapshot);
    BOOST_TEST(server.recovered() == entries - snapshot);
    BOOST_TEST((entries == 0 || server.digests() == digests));
    checkKnown(server, kSender, {1, 1000}, entries == 0 ? 0 : 1000);
    if (entries > 0) add(server, {entries + 1, 1000});
    snapshot = server.row({"snapshot", "create"}).at("position");
    BOOST_TEST(snapshot == entries + 1000);
    add(server, {entries + 1001, 500});
    entries += 1500;
    checkShown(server, entries);
    digests = server.digests();
    server.kill();
  }
}

BOOST_FIXTURE_TEST_CASE(the_newest_is_taken_as_it_is, Kept) {
  copy();
  checkServed(400, {});
}

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_is_found_and_the_snapshot_before_it_taken, Kept) {
  copy();
  damageAt(manifest(1), middleOf(manifest(1)));
  checkServed(300, {1});
  copy();
  damageAt(data(1), middleOf(data(1)));
  checkServed(300, {1});
}

BOOST_FIXTURE_TEST_CASE(when_all_are_damaged_the_log_is_folded, Kept) {
  copy();
  damageAt(manifest(0), middleOf(manifest(0)));
  damageAt(data(1), middleOf(data(1)));
  checkServed(0, {0, 1});
}

BOOST_FIXTURE_TEST_CASE(a_truncated_or_missing_file_is_found, Kept) {
  for (const auto of : {&Kept::manifest, &Kept::data}) {
    copy();
    const fs::path file = (this->*of)(1);
    const size_t middle = middleOf(file);
    for (const size_t size : {size_t{0}, size_t{10}, middle / 2, middle}) {
      BOOST_TEST_CONTEXT(file << " cut to " << size) {
        copy();
        fs::resize_file(file, size);
        checkServed(300, {1});
      }
    }
  }
  copy();
  fs::remove(manifest(1));
  checkServed(300, {1});
  copy();
  fs::remove(data(1));
  checkServed(300, {1});
}

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_anywhere_is_found_or_touches_nothing, Kept) {
  std::mt19937_64 random(7);
  for (int i = 0; i < kFlips; ++i) {
    copy();
    const size_t place = random() % fs::file_size(data(1));
    BOOST_TEST_CONTEXT("byte " << place) {
      damageAt(data(1), place);
      const bool found = [&] {
        const Server server(counter(folder / "copy"));
        BOOST_TEST((server.digests() == digests));
        return server.readySnapshot() != 400;
      }();
      BOOST_TEST(fs::exists(snapshot(1).string() + ".damaged") == found);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_snapshot_of_another_log_is_not_taken, Kept) {
  std::vector<std::string> others;
  make("other", 1001, others);
  copy();
  fs::remove_all(snapshot(1));
  fs::copy(folder / "other" / "snapshots" / others[1], snapshot(1), fs::copy_options::recursive);
  checkServed(300, {1});
  // Nor one with the data of another.
  copy();
  fs::copy_file(data(0), data(1), fs::copy_options::overwrite_existing);
  checkServed(300, {1});
}

BOOST_FIXTURE_TEST_CASE(a_folder_with_another_name_than_its_manifest_is_not_taken, Kept) {
  copy();
  fs::remove_all(snapshot(0));
  std::string renamed = names[1];
  renamed.at(19) = '9';  // of the position
  fs::rename(snapshot(1), folder / "copy" / "snapshots" / renamed);
  const Server server(counter(folder / "copy"));
  BOOST_TEST(server.readySnapshot() == 0);
  BOOST_TEST((server.digests() == digests));
  const std::string told = server.process().errors();
  BOOST_TEST(told.find(renamed + ".damaged: its manifest is that of snapshot " + names[1]) !=
                 std::string::npos,
             told);
  BOOST_TEST(server.rows({"snapshot", "verify"}).empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_with_one_makes_no_column_wide, Kept) {
  copy();
  const Server server(counter(folder / "copy"));
  damageAt(data(1), middleOf(data(1)));
  const Ended found = server.run({"snapshot", "verify"});
  BOOST_TEST(found.code == 1);
  BOOST_TEST(found.out.find("\nsnapshot " + names[1]) != std::string::npos, found.out);
  std::istringstream lines(found.out);
  std::string line;
  std::getline(lines, line);
  BOOST_TEST(line.size() < 120U, line);
}

BOOST_FIXTURE_TEST_CASE(a_running_server_finds_the_damage_when_it_is_asked, Kept) {
  copy();
  Server server(counter(folder / "copy"));
  damageAt(data(1), middleOf(data(1)));
  const Ended found = server.run({"snapshot", "verify", "--json"});
  BOOST_TEST(found.code == 1);
  const auto lines = jsonLines(found.out);
  BOOST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(!lines[0].contains("problem"));
  const std::string problem = lines[1].at("problem");
  BOOST_TEST(problem.find("data.mdb") != std::string::npos, problem);
  // What it advises is about a snapshot: that of a log would lead to a restore for nothing.
  BOOST_TEST(problem.find("Another snapshot, or the log, is used") != std::string::npos, problem);
  BOOST_TEST(problem.find("restore") == std::string::npos, problem);
  BOOST_TEST(server.process().errors().find(names[1] + ".damaged") != std::string::npos);
  said(server.run({"snapshot", "verify"}), 0, "sound");
  checkDamagedIsListedAndPruned(server);
  BOOST_TEST(server.row({"snapshot", "create"}).at("position") == 500);
}

BOOST_FIXTURE_TEST_CASE(damage_of_the_log_behind_a_snapshot_is_never_shown, Kept) {
  damage(copy() / "log/00000000000000000000/data.mdb", entryNote(50));
  Server server(counter(folder / "copy"));
  BOOST_TEST(server.readySnapshot() == 400);
  BOOST_TEST((server.digests() == digests));
  const Ended shown = said(server.run({"log", "show", "--from", "1", "--json"}), 1, "data.mdb");
  BOOST_TEST(shown.out == "");
  BOOST_TEST(shown.errors.find("std::exception") == std::string::npos, shown.errors);
  said(server.run({"verify"}), 1, "data.mdb");
  said(server.run({"rebuild", "total"}), 1, "data.mdb");
  said(server.run({"backup", (folder / "backup").string()}), 1, "data.mdb");
  BOOST_TEST(server.row({"get", "kept", "450"}).at("id") == "450");
}

BOOST_FIXTURE_TEST_CASE(of_a_model_with_a_view_more_only_that_is_folded, Kept) {
  ServerOptions options = counter(copy(), 3);
  options.model = counterWithMore(folder / "model");
  std::optional<Server> server(std::in_place, options);
  BOOST_TEST(server->readySnapshot() == 400);
  BOOST_TEST(server->recovered() == 100);
  BOOST_TEST(server->filled() == Words{"more"});
  const std::string told = server->process().errors();
  BOOST_TEST(told.find("the snapshot at 400 has not the view more: filled from the log") !=
                 std::string::npos,
             told);
  const auto checkAll = [&] {
    Digests shown = server->digests();
    BOOST_TEST(shown.erase("more") == 1);
    BOOST_TEST((shown == digests));
    BOOST_TEST(server->rows({"scan", "more"}).at(0).at("n") == "500");
    BOOST_TEST(server->run({"verify"}).code == 0);
  };
  checkAll();
  server->row({"snapshot", "create"});
  BOOST_TEST(server->stop() == 0);
  server.emplace(options);
  BOOST_TEST(server->readySnapshot() == 500);
  BOOST_TEST(server->filled().empty());
  checkAll();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
