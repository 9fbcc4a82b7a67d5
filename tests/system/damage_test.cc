// A log that a disk has damaged: it is refused by name, or what is shown is not touched by it.
// Never a crash, never a wrong number.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <random>

#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Flips at seeded places; enough that some hit the log's data, whose pages are a small part.
constexpr int kFlips = 12;

const std::string kFile = "log/00000000000000000000/data.mdb";

/// A log of 500 entries, of which damaged copies are made.
struct Log {
  const TemporaryFolder folder;
  std::map<std::string, std::string> digests;

  Log() {
    Server server(counter(folder / "whole"));
    BOOST_REQUIRE(server.run(submitEntries({}, 100), entryLines({1, 500})).code == 0);
    digests = server.digests();
    BOOST_REQUIRE(server.stop() == 0);
  }

  std::string file() const { return readFile(folder / "whole" / kFile); }

  ServerOptions copyWith(const std::string& file) const {
    fs::remove_all(folder / "copy");
    fs::copy(folder / "whole", folder / "copy", fs::copy_options::recursive);
    writeFile(folder / "copy" / kFile, file);
    return counter(folder / "copy");
  }

  /// The file, with one bit of it flipped.
  std::string flipped(size_t place, int bit) const {
    std::string bytes = file();
    bytes.at(place) = static_cast<char>(bytes[place] ^ (1 << bit));
    return bytes;
  }

  /// The file, with one bit of the text flipped, wherever it is: LMDB leaves old pages behind,
  /// which nobody reads.
  std::string flippedIn(const std::string& text) const {
    std::string bytes = file();
    size_t place = bytes.find(text);
    BOOST_REQUIRE(place != std::string::npos);
    for (; place != std::string::npos; place = bytes.find(text, place)) bytes[place] ^= 1;
    return bytes;
  }

  void checkRefusedOrUntouched(const std::string& file) const {
    const ServerOptions options = copyWith(file);
    const Ended ended = tryToServe(options);
    if (ended.code != 0) {
      checkRefused(file);
      return;
    }
    const Server server(options);
    BOOST_TEST((server.digests() == digests));
  }

  void checkRefused(const std::string& file) const {
    const Ended ended = failToServe(copyWith(file));
    BOOST_TEST(ended.code == 1);
    BOOST_TEST(ended.errors.find("data.mdb") != std::string::npos, ended.errors);
    BOOST_TEST(ended.errors.find("restore") != std::string::npos, ended.errors);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_in_an_event_is_refused, Log) {
  checkRefused(flippedIn(entryNote(250)));
}

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_in_the_recorded_model_is_refused, Log) {
  checkRefused(flippedIn("Entries of a ledger"));
}

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_anywhere_is_refused_or_touches_nothing, Log) {
  std::mt19937_64 random(7);
  const size_t size = file().size();
  for (int i = 0; i < kFlips; ++i) {
    const size_t place = random() % size;
    BOOST_TEST_CONTEXT("byte " << place) {
      checkRefusedOrUntouched(flipped(place, static_cast<int>(random() % 8)));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_truncated_file_is_refused, Log) {
  const std::string whole = file();
  const size_t used = whole.find(entryNote(500));
  BOOST_REQUIRE(used != std::string::npos);
  for (const size_t size : {size_t{0}, size_t{100}, size_t{4096}, size_t{8192}, used}) {
    BOOST_TEST_CONTEXT("cut to " << size << " bytes") {
      checkRefused(whole.substr(0, size));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_missing_file_is_refused, Log) {
  const ServerOptions options = copyWith("");
  fs::remove(options.data / kFile);
  const Ended ended = failToServe(options);
  BOOST_TEST(ended.code == 1);
  BOOST_TEST(!ended.errors.empty());
}

BOOST_FIXTURE_TEST_CASE(an_undamaged_copy_is_served, Log) {
  const Server server(copyWith(file()));
  BOOST_TEST((server.digests() == digests));
}

/// The log is read from its page cache, which is changed here, as a disk changes it for a reader
/// that comes later.
void flipInPlace(const fs::path& file, const std::string& text) {
  const std::string bytes = readFile(file);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  size_t place = bytes.find(text);
  BOOST_REQUIRE(place != std::string::npos);
  for (; place != std::string::npos; place = bytes.find(text, place + 1)) {
    stream.seekp(static_cast<std::streamoff>(place));
    stream.put(static_cast<char>(bytes[place] ^ 1));
  }
  BOOST_REQUIRE(stream.flush().good());
}

void waitForSnapshot(const Server& server, uint64_t position) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const std::vector<Json> listed = server.rows({"snapshot", "list"});
    if (!listed.empty() && listed.back().at("position") == position) return;
    BOOST_REQUIRE(std::chrono::steady_clock::now() < end);
  }
}

// What is in memory is whole: it is kept in a snapshot, and the log's damage stays behind that.
BOOST_AUTO_TEST_CASE(damage_that_a_reader_meets_is_told_and_everything_else_goes_on) {
  const TemporaryFolder folder;
  ServerOptions options = counter(folder / "data");
  options.more = {"--snapshot-every", "0"};
  std::map<std::string, std::string> digests;
  {
    Server server(options);
    // One batch, so one chunk: no snapshot can be taken behind the damage before more is written.
    BOOST_REQUIRE(server.run(submitEntries({}, 500), entryLines({1, 500})).code == 0);
    BOOST_TEST(server.status().at("problems").empty());
    flipInPlace(folder / "data" / kFile, entryNote(250));

    const Ended read = server.run({"log", "show"});
    BOOST_TEST(read.code == 1);
    BOOST_TEST(read.errors.find("is damaged") != std::string::npos, read.errors);
    const Json problems = server.status().at("problems");
    BOOST_TEST_REQUIRE(problems.size() == 1u);
    BOOST_TEST(problems[0].get<std::string>().find(kFile) != std::string::npos, problems[0]);
    BOOST_TEST(server.run({"verify"}).code == 1);
    BOOST_TEST(server.run({"backup", (folder / "backup").string()}).code == 1);

    BOOST_REQUIRE(server.run(submitEntries({}, 100), entryLines({501, 100})).code == 0);
    BOOST_TEST(server.run({"log", "show", "--from", "501"}).code == 0);
    waitForSnapshot(server, 600);
    BOOST_TEST(server.process().errors().find("the log is damaged") != std::string::npos);
    BOOST_REQUIRE(server.run(submitEntries({}, 100), entryLines({601, 100})).code == 0);
    digests = server.digests();
    server.kill();
  }
  const Server server(options);
  BOOST_TEST(server.readySnapshot() == 600u);
  BOOST_TEST((server.digests() == digests));
  checkShown(server, 700);
  // Whoever has nothing begins with the snapshot.
  const Server replica(replicaOf(server.address(), folder / "replica"));
  caughtUp(replica, server);
  BOOST_TEST((replica.digests() == digests));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
