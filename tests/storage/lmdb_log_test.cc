// What holds for the log in LMDB: it is kept over a restart, cut into segments, and full when it is
// full.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <set>
#include <thread>

#include "storage/checked_chunks.h"
#include "storage/log_folder.h"
#include "storage/memory_log.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;
namespace fs = std::filesystem;

namespace {

std::set<std::string> namesIn(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

/// Follows the log to chunk `until`, checking every chunk; counts what is wrong.
unsigned follow(const EventLog& log, uint64_t until, size_t bytes) {
  unsigned wrong = 0;
  ChunkNumber next{0};
  uint64_t position = 0;
  while (next.value < until) {
    next = log.read(next, 3 * bytes, [&](const ChunkRef& chunk) {
      wrong += chunk.header->first.value != position + 1;
      wrong += chunk.payload != payloadOf(chunk.header->number, bytes);
      position = chunk.last().value;
      return true;
    });
    const Position last = log.end().last;
    wrong += last.value > 0 && log.find(last) >= log.end().next;
  }
  return wrong;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lmdb_log)

BOOST_AUTO_TEST_CASE(a_reopened_log_is_the_same) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 40'000);
  std::vector<std::string> contents;
  LogEnd end;
  for (unsigned round = 0; round < 5; ++round) {
    auto log = openLmdbLog(options);
    BOOST_TEST((log->end() == end));
    BOOST_TEST((contentsOf(*log) == contents));
    appendChunks(*log, 7, 5000);
    contents = contentsOf(*log);
    end = log->end();
    BOOST_TEST(contents.size() == (round + 1) * 7);
  }
}

BOOST_AUTO_TEST_CASE(segments_are_sealed_and_named_by_their_first_chunk) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log", 1));
  appendChunks(*log, 3, 8);
  BOOST_TEST((namesIn(folder / "log") == std::set<std::string>{"high-water", "00000000000000000000",
                                                               "00000000000000000001",
                                                               "00000000000000000002"}));
  BOOST_TEST(fs::exists(folder / "log/00000000000000000001/sealed"));
  BOOST_TEST(!fs::exists(folder / "log/00000000000000000002/sealed"));
}

BOOST_AUTO_TEST_CASE(a_log_with_more_segments_than_may_stay_open_is_read_anywhere) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log", 1));
  appendChunks(*log, 40, 64);
  for (uint64_t number : {39, 0, 20, 1, 38, 5, 20}) {
    log->read({number}, 0, [&](const ChunkRef& chunk) {
      BOOST_TEST(chunk.payload == payloadOf({number}, 64));
      return true;
    });
  }
  BOOST_TEST(contentsOf(*log).size() == 40u);
}

BOOST_AUTO_TEST_CASE(opening_tells_its_progress_and_verifies_a_long_log) {
  TemporaryFolder folder;
  LmdbLogOptions options = optionsFor(folder / "log");
  {
    auto log = openLmdbLog(options);
    appendChunks(*log, 3000, 640);
    appendChunks(*log, 30, 100'000);
  }
  uint64_t reported = 0;
  options.progress = [&](uint64_t chunks) { reported = chunks; };
  BOOST_TEST(reopenedEnd(options).next.value == 3030u);
  BOOST_TEST(reported <= 3030u);
}

BOOST_AUTO_TEST_CASE(a_full_map_refuses_a_chunk_and_takes_a_smaller_one) {
  TemporaryFolder folder;
  LmdbLogOptions options = optionsFor(folder / "log");
  options.mapBytes = 256 << 10;
  auto log = openLmdbLog(options);
  appendChunks(*log, 1, 80'000);
  const LogEnd before = log->end();
  BOOST_TEST(contains(fullnessOf([&] { appendChunk(*log, 1, 400'000); }), "MDB_MAP_FULL"));
  BOOST_TEST((log->end() == before));
  appendChunks(*log, 10, 64);
  BOOST_TEST(!fullnessOf([&] { appendChunks(*log, 1000, 8000); }).empty());
  const std::vector<std::string> contents = contentsOf(*log);
  log.reset();
  options.mapBytes = 1 << 20;
  log = openLmdbLog(options);
  BOOST_TEST((contentsOf(*log) == contents));
  appendChunk(*log, 1, 400'000);
}

BOOST_AUTO_TEST_CASE(a_reserve_that_is_reached_refuses_and_loses_nothing) {
  TemporaryFolder folder;
  LmdbLogOptions options = optionsFor(folder / "log");
  {
    auto log = openLmdbLog(options);
    appendChunks(*log, 3, 800);
    options.reserveBytes = uint64_t{1} << 60;
  }
  {
    auto log = openLmdbLog(options);
    BOOST_TEST(contains(fullnessOf([&] { appendChunk(*log, 1, 8); }), "in reserve"));
    BOOST_TEST(log->space().left == 0u);
    BOOST_TEST(contentsOf(*log).size() == 3u);
  }
  options.reserveBytes = 0;
  auto log = openLmdbLog(options);
  appendChunks(*log, 1, 800);
  BOOST_TEST(contentsOf(*log).size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_log_is_opened_once) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log"));
  BOOST_TEST(contains(failureOf([&] { reopenedEnd(optionsFor(folder / "log")); }), "is open in"));
}

BOOST_AUTO_TEST_CASE(readers_beside_the_writer_see_every_chunk_in_order) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log", 300'000));
  constexpr uint64_t kChunks = 600;
  std::atomic<unsigned> wrong{0};
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) {
    readers.emplace_back([&] { wrong += follow(*log, kChunks, 4000); });
  }
  appendChunks(*log, kChunks, 4000);
  for (std::thread& reader : readers) reader.join();
  BOOST_TEST(wrong == 0u);
  const LogEnd end = log->end();
  log.reset();
  BOOST_TEST((reopenedEnd(optionsFor(folder / "log", 300'000)) == end));
}

BOOST_AUTO_TEST_CASE(a_visitor_that_throws_leaves_the_log_usable) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log"));
  appendChunks(*log, 2, 8);
  const auto thrower = [](const ChunkRef&) -> bool { throw std::runtime_error("enough"); };
  BOOST_CHECK_THROW(log->read({0}, SIZE_MAX, thrower), std::runtime_error);
  appendChunks(*log, 2, 8);
  BOOST_TEST(contentsOf(*log).size() == 4u);
}

BOOST_AUTO_TEST_CASE(copies_are_there_after_a_restart) {
  MemoryLog first;
  appendChunks(first, 30, 2400);
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 30'000);
  for (unsigned i = 0; i < 3; ++i) {
    auto log = openLmdbLog(options);
    const Words bytes = chunksOf(first, log->end().next, 10);
    log->appendCopies(CheckedChunks(bytes.view(), log->end()));
  }
  BOOST_TEST(contentsOf(*openLmdbLog(options)) == contentsOf(first));
}

BOOST_AUTO_TEST_CASE(a_log_can_begin_with_a_later_chunk) {
  MemoryLog first;
  appendChunks(first, 30, 2400);
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 30'000);
  LogEnd cut;
  {
    const Words bytes = chunksOf(first, {0}, 12);
    cut = CheckedChunks(bytes.view(), {}).after();
    openLmdbLog(options)->beginAfter(cut);
  }
  for (unsigned i = 0; i < 2; ++i) {
    auto log = openLmdbLog(options);
    BOOST_TEST((log->begin() == cut));
    BOOST_TEST((i > 0 || log->end() == cut));
    const Words bytes = chunksOf(first, log->end().next, 9);
    log->appendCopies(CheckedChunks(bytes.view(), log->end()));
  }
  auto log = openLmdbLog(options);
  BOOST_TEST((log->end() == first.end()));
  BOOST_TEST(log->find({1}).value == cut.next.value);
  BOOST_TEST(log->find(cut.last + 1).value == cut.next.value);
  BOOST_TEST(log->find(first.end().last).value == first.end().next.value - 1);
  size_t chunks = 0;
  log->read(cut.next, SIZE_MAX, [&](const ChunkRef&) { return ++chunks > 0; });
  BOOST_TEST(chunks == 18u);
}

BOOST_AUTO_TEST_CASE(a_beginning_that_was_cut_short_after_its_file_is_gone_on_with) {
  MemoryLog whole;
  appendChunks(whole, 30, 480);
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log");
  openLmdbLog(options);
  const std::string before = readFile(options.path / "high-water");
  const LogEnd cut = CheckedChunks(chunksOf(whole, {0}, 12).view(), {}).after();
  openLmdbLog(options)->beginAfter(cut);
  writeFile(options.path / "high-water", before);
  BOOST_TEST((reopenedEnd(options) == cut));
  const auto log = openLmdbLog(options);
  BOOST_TEST((log->begin() == cut));
  log->appendCopies(CheckedChunks(chunksOf(whole, {12}, 18).view(), log->end()));
  BOOST_TEST((log->end() == whole.end()));
}

/// A log that begins with chunk 12 of 30.
struct BeginsLater {
  MemoryLog whole;
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log");
  const std::filesystem::path begins = options.path / "begins";

  BeginsLater() {
    appendChunks(whole, 30, 480);
    const auto log = openLmdbLog(options);
    log->beginAfter(CheckedChunks(chunksOf(whole, {0}, 12).view(), {}).after());
    log->appendCopies(CheckedChunks(chunksOf(whole, {12}, 18).view(), log->end()));
  }
  std::string refusal() const {
    return failureOf([&] { openLmdbLog(options); });
  }
};

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_anywhere_in_where_a_log_begins_is_seen, BeginsLater) {
  const std::string sound = readFile(begins);
  for (size_t i = 0; i < sound.size() * 8; ++i) {
    std::string bytes = sound;
    bytes[i / 8] ^= static_cast<char>(1 << i % 8);
    writeFile(begins, bytes);
    BOOST_TEST_REQUIRE(contains(refusal(), "log/begins: it is damaged"));
  }
  for (const std::string& bytes : {std::string(), sound.substr(0, 63), sound + "x"}) {
    writeFile(begins, bytes);
    BOOST_TEST(contains(refusal(), "log/begins: it is damaged"));
  }
  writeFile(begins, sound);
  BOOST_TEST((reopenedEnd(options) == whole.end()));
}

BOOST_FIXTURE_TEST_CASE(without_where_it_begins_a_log_is_not_taken_for_a_whole_one, BeginsLater) {
  std::filesystem::remove(begins);
  BOOST_TEST(contains(refusal(), "chunk 0 is missing, and no file `begins`"));
  // Another log's: it begins elsewhere, or with another predecessor.
  const auto beginning = [&](unsigned chunks) {
    TemporaryFolder other;
    MemoryLog log;
    appendChunks(log, chunks, 160);
    openLmdbLog(optionsFor(other / "log"))->beginAfter(log.end());
    return readFile(other / "log" / "begins");
  };
  writeFile(begins, beginning(12));
  BOOST_TEST(contains(refusal(), "chunk 12"));
  writeFile(begins, beginning(11));
  BOOST_TEST(contains(refusal(), "the segment that starts with chunk 11 is missing"));
  writeFile(begins, beginning(40));
  BOOST_TEST(contains(refusal(), "log/begins: the log begins after chunk 39, it says"));
}

BOOST_AUTO_TEST_CASE(what_was_verified_before_is_verified_when_it_is_read) {
  TemporaryFolder folder;
  LmdbLogOptions options = optionsFor(folder / "log");
  LogEnd middle;
  {
    auto log = openLmdbLog(options);
    appendChunks(*log, 3, 3000);
    middle = log->end();
    appendChunks(*log, 2, 3000);
  }
  const std::filesystem::path file = options.path / segmentName({0}) / "data.mdb";
  std::string bytes = readFile(file);
  const std::string payload = payloadOf({1}, 3000);
  const size_t at = bytes.find(payload.substr(1000, 500));
  BOOST_TEST_REQUIRE(at != std::string::npos);
  bytes[at + 7] ^= 1;
  writeFile(file, bytes);
  BOOST_TEST(contains(failureOf([&] { openLmdbLog(options); }), "checksum"));
  // With another log's end, everything is.
  options.verified = middle;
  options.verified->hash.low ^= 1;
  BOOST_TEST(contains(failureOf([&] { openLmdbLog(options); }), "checksum"));
  options.verified = middle;
  auto log = openLmdbLog(options);
  size_t chunks = 0;
  const auto count = [&](const ChunkRef&) { return ++chunks > 0; };
  log->read(middle.next, SIZE_MAX, count);
  BOOST_TEST(chunks == 2u);
  BOOST_TEST(contains(failureOf([&] { log->read({0}, SIZE_MAX, count); }), "checksum"));
}

BOOST_AUTO_TEST_SUITE_END()
