// What is wrong with the files is seen when the log is opened or read, never served, and stops
// nothing but the log.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "storage/segment.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFirst = "00000000000000000000";
constexpr const char* kSecond = "00000000000000000004";

/// A small log of two segments, one of them sealed, with small chunks and one on a page of its own
/// in each.
class SmallLog {
 public:
  SmallLog() {
    appendChunks(*openLmdbLog(options()), 3, 64);
    appendChunk(*openLmdbLog(options()), 2, 2104);
    appendChunks(*openLmdbLog(optionsFor(path(), 1)), 1, 64);  // seals what is there
    appendChunks(*openLmdbLog(options()), 2, 64);
    appendChunk(*openLmdbLog(options()), 2, 2104);
    contents_ = contentsOf(*openLmdbLog(options()));
    for (const auto& entry : fs::recursive_directory_iterator(path())) {
      if (entry.is_regular_file() && entry.path().filename() != "lock.mdb") {
        files_.emplace_back(entry.path(), readFile(entry.path()));
      }
    }
  }

  fs::path path() const { return folder_ / "log"; }
  LmdbLogOptions options() const { return optionsFor(path()); }
  const auto& files() const { return files_; }
  const std::vector<std::string>& contents() const { return contents_; }

  void restore() const {
    for (const auto& [path, bytes] : files_) {
      if (fs::exists(path.parent_path()) && readFile(path) != bytes) writeFile(path, bytes);
    }
  }

  /// Opens and reads the log: true if it is refused; it must be as it was if it is not.
  bool isRefused() const {
    try {
      auto log = openLmdbLog(options());
      BOOST_TEST((contentsOf(*log) == contents_));
      return false;
    } catch (const LogFailed& failure) {
      BOOST_TEST(contains(failure.what(), path().string()), failure.what());
      return true;
    }
  }

  /// After harmless damage: what is appended must be there again, and nothing else lost.
  void requireWritable() const {
    {
      auto log = openLmdbLog(options());
      appendChunks(*log, 3, 64);
      appendChunk(*log, 1, 4000);
    }
    auto log = openLmdbLog(options());
    std::vector<std::string> now = contentsOf(*log);
    BOOST_TEST_REQUIRE(now.size() == contents_.size() + 4);
    now.resize(contents_.size());
    BOOST_TEST((now == contents_));
  }

 private:
  TemporaryFolder folder_;
  std::vector<std::pair<fs::path, std::string>> files_;
  std::vector<std::string> contents_;
};

/// Whether nobody ever looks at this byte: it is in a long run of zeros.
bool isPadding(const std::string& bytes, size_t at) {
  const size_t from = at < 24 ? 0 : at - 24;
  const size_t to = std::min(bytes.size(), at + 25);
  return std::all_of(bytes.begin() + static_cast<ptrdiff_t>(from),
                     bytes.begin() + static_cast<ptrdiff_t>(to), [](char c) { return c == 0; });
}

/// Turns the bit over, in place.
void flip(const fs::path& file, size_t bit) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  const auto at = static_cast<std::streamoff>(bit / 8);
  char byte = 0;
  stream.seekg(at).get(byte);
  stream.seekp(at).put(static_cast<char>(byte ^ (1 << bit % 8)));
}

struct FlipCount {
  unsigned refused = 0;
  unsigned harmless = 0;
};

/// Flips one bit, looks, and flips it back: true if the log is refused.
bool flipOne(const SmallLog& log, const fs::path& file, size_t bit) {
  flip(file, bit);
  const bool refused = log.isRefused();
  const bool append = !refused && bit % 64 == 0;
  if (append) log.requireWritable();
  if (append || file.filename() == "high-water") {
    log.restore();
  } else {
    flip(file, bit);
  }
  return refused;
}

/// Flips every `step`th bit of the file, one at a time; of every byte one, once 8 bytes on end
/// turned out to be on a free page; of padding one in 64 bytes.
FlipCount flipAll(const SmallLog& log, const fs::path& file, const std::string& bytes,
                  size_t step) {
  FlipCount count;
  unsigned unused = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const bool padding = isPadding(bytes, at);
    if (padding && at % 64 != 0) continue;
    const size_t bits = padding || unused > 64 ? 1 : 8;
    for (size_t bit = at * 8; bit < at * 8 + bits; ++bit) {
      if (bit % step != 0) continue;
      BOOST_TEST_CONTEXT(file << " bit " << bit) {
        const bool refused = flipOne(log, file, bit);
        ++(refused ? count.refused : count.harmless);
        unused = refused ? 0 : unused + 1;
      }
    }
  }
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(no_flipped_bit_is_served_or_crashes) {
  SmallLog log;
  BOOST_TEST_REQUIRE(log.files().size() == 4u);
  for (const auto& [file, bytes] : log.files()) {
    // The sealed file is checked by the same code as the other: a third of its bits is enough.
    const bool sealed = file.parent_path().filename() == kFirst && file.filename() == "data.mdb";
    const FlipCount count = flipAll(log, file, bytes, sealed ? 3 : 1);
    BOOST_TEST_MESSAGE(file << ": " << count.refused << " refused, " << count.harmless
                            << " harmless");
    if (file.filename() == "data.mdb") BOOST_TEST(count.refused > 2104u * 8 / (sealed ? 3 : 1));
    if (file.filename() == "sealed") BOOST_TEST(count.harmless == 0u);
  }
}

BOOST_AUTO_TEST_CASE(no_truncated_file_is_served_or_crashes) {
  SmallLog log;
  for (const auto& [file, bytes] : log.files()) {
    unsigned refused = 0;
    for (size_t size = 0; size<bytes.size(); size += bytes.size()> 4096 ? 331 : 1) {
      BOOST_TEST_CONTEXT(file << " cut to " << size) {
        fs::resize_file(file, size);
        refused += log.isRefused();
        writeFile(file, bytes);
        log.restore();
      }
    }
    BOOST_TEST(refused > 0u, file);
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_named_by_file_chunk_and_positions) {
  SmallLog log;
  const fs::path file = log.path() / kSecond / "data.mdb";
  const std::string bytes = readFile(file);
  const size_t payload = bytes.find(payloadOf({7}, 2104));
  BOOST_TEST_REQUIRE(payload != std::string::npos);
  flip(file, payload * 8 + 3);
  const std::string text = failureOf([&] { openLmdbLog(log.options()); });
  BOOST_TEST(contains(text, file.string() + ": chunk 7 (positions 15 to 16"), text);
}

BOOST_AUTO_TEST_CASE(damage_in_a_sealed_segment_is_seen_when_it_is_read_and_stops_nobody_else) {
  SmallLog log;
  const fs::path file = log.path() / kFirst / "data.mdb";
  const std::string bytes = readFile(file);
  // Older copies of its page are still in the file, on free pages: all of them are damaged.
  const std::string payload = payloadOf({1}, 64);
  for (size_t at = bytes.find(payload); at != std::string::npos; at = bytes.find(payload, at + 1)) {
    flip(file, at * 8);
  }
  auto opened = openLmdbLog(log.options());
  BOOST_TEST(!opened->damage());
  BOOST_CHECK_EXCEPTION(contentsOf(*opened), LogDamaged, [](const LogDamaged& damage) {
    return contains(damage.what(), "chunk 1") && damage.chunk() == ChunkNumber{1};
  });
  BOOST_TEST_REQUIRE(opened->damage().has_value());
  BOOST_TEST(contains(opened->damage()->what(), "chunk 1"));
  appendChunk(*opened, 1, 8);
  const ChunkNumber after{opened->end().next.value - 1};
  opened->read(after, 0, [&](const ChunkRef& chunk) {
    BOOST_TEST(chunk.header->number.value == after.value);
    return true;
  });
}

BOOST_AUTO_TEST_CASE(a_sealed_segment_that_is_gone_stops_nobody_else) {
  SmallLog log;
  auto opened = openLmdbLog(log.options());
  const ChunkNumber end = opened->end().next;
  fs::rename(log.path() / kFirst / "data.mdb", log.path() / "elsewhere");
  BOOST_CHECK_EXCEPTION(contentsOf(*opened), LogDamaged, [&](const LogDamaged& damage) {
    return contains(damage.what(), "data.mdb") && damage.chunk() < end;
  });
  appendChunk(*opened, 1, 8);
}

BOOST_AUTO_TEST_CASE(an_older_copy_of_the_data_is_refused) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log");
  const fs::path data = folder / "log" / kFirst / "data.mdb";
  appendChunks(*openLmdbLog(options), 5, 64);
  const std::string older = readFile(data);
  appendChunks(*openLmdbLog(options), 1, 64);
  writeFile(data, older);
  const std::string text = failureOf([&] { openLmdbLog(options); });
  BOOST_TEST(contains(text, "rolled back"), text);
  writeFile(folder / "log/high-water", "");
  BOOST_TEST(reopenedEnd(options).next.value == 5u);
}

BOOST_AUTO_TEST_CASE(an_older_meta_page_is_refused) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log");
  const fs::path data = folder / "log" / kFirst / "data.mdb";
  appendChunks(*openLmdbLog(options), 5, 64);
  const std::string bytes = readFile(data);
  // Transaction 6 wrote page 0. A lost write leaves what transaction 4 wrote there: chunks 0 to 2;
  // page 1, of transaction 5, is then the newest.
  std::string older;
  {
    TemporaryFolder other;
    appendChunks(*openLmdbLog(optionsFor(other / "log")), 3, 64);
    older = readFile(other / "log" / kFirst / "data.mdb").substr(0, 4096);
  }
  writeFile(data, older + bytes.substr(4096));
  const std::string text = failureOf([&] { openLmdbLog(options); });
  BOOST_TEST(contains(text, "ends with position 7 (before chunk 4)"), text);
}

BOOST_AUTO_TEST_CASE(another_log_of_the_same_length_is_refused) {
  TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    auto log = openLmdbLog(optionsFor(folder / name));
    appendChunks(*log, 2, name[0] == 'a' ? 64 : 72);
  }
  fs::copy_file(folder / "a/high-water", folder / "b/high-water",
                fs::copy_options::overwrite_existing);
  const auto open = [&] { openLmdbLog(optionsFor(folder / "b")); };
  BOOST_TEST(contains(failureOf(open), "replaced by another"));
}

BOOST_AUTO_TEST_CASE(another_log_that_is_longer_is_refused) {
  TemporaryFolder folder;
  appendChunks(*openLmdbLog(optionsFor(folder / "a")), 2, 64);
  appendChunks(*openLmdbLog(optionsFor(folder / "b")), 5, 72);
  fs::copy_file(folder / "a/high-water", folder / "b/high-water",
                fs::copy_options::overwrite_existing);
  const auto open = [&] { openLmdbLog(optionsFor(folder / "b")); };
  BOOST_TEST(contains(failureOf(open), "replaced by another"));
}

BOOST_AUTO_TEST_CASE(a_log_ahead_of_its_high_water_mark_is_opened) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 1);
  appendChunks(*openLmdbLog(options), 2, 64);
  const std::string mark = readFile(folder / "log/high-water");
  appendChunks(*openLmdbLog(options), 3, 64);
  writeFile(folder / "log/high-water", mark);
  BOOST_TEST(reopenedEnd(options).next.value == 5u);
}

BOOST_AUTO_TEST_CASE(a_missing_segment_is_refused) {
  for (const char* missing :
       {"00000000000000000000", "00000000000000000001", "00000000000000000002"}) {
    TemporaryFolder folder;
    const LmdbLogOptions options = optionsFor(folder / "log", 1);
    appendChunks(*openLmdbLog(options), 3, 64);
    fs::remove_all(folder / "log" / missing);
    BOOST_TEST(!failureOf([&] { openLmdbLog(options); }).empty(), missing);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_refused) {
  for (const char* missing : {"high-water", "00000000000000000000/sealed",
                              "00000000000000000000/data.mdb", "00000000000000000004/data.mdb"}) {
    SmallLog log;
    fs::remove(log.path() / missing);
    BOOST_TEST(log.isRefused(), missing);
  }
}

BOOST_AUTO_TEST_CASE(a_foreign_entry_is_refused) {
  for (const char* name : {"old", "0000000000000000000x", "99999999999999999999", "1"}) {
    SmallLog log;
    fs::create_directory(log.path() / name);
    const std::string text = failureOf([&] { openLmdbLog(log.options()); });
    BOOST_TEST(contains(text, std::string(name) + ": it does not belong"), text);
  }
}

BOOST_AUTO_TEST_CASE(segments_that_changed_places_are_refused) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 1);
  appendChunks(*openLmdbLog(options), 3, 64);
  const fs::path log = folder / "log";
  fs::rename(log / "00000000000000000000", log / "x");
  fs::rename(log / "00000000000000000001", log / "00000000000000000000");
  fs::rename(log / "x", log / "00000000000000000001");
  BOOST_TEST(!failureOf([&] { openLmdbLog(options); }).empty());
}

BOOST_AUTO_TEST_CASE(a_segment_whose_creation_was_cut_short_is_healed) {
  const std::string name = "00000000000000000003";
  for (const std::string& left :
       {name + ".new", name + ".new/data.mdb", name, name + "/data.mdb"}) {
    TemporaryFolder folder;
    const LmdbLogOptions options = optionsFor(folder / "log", 1);
    appendChunks(*openLmdbLog(options), 3, 64);
    const fs::path path = folder / "log" / left;
    const bool isFile = path.filename() == "data.mdb";
    fs::create_directory(isFile ? path.parent_path() : path);
    if (isFile) writeFile(path, "");
    appendChunks(*openLmdbLog(options), 1, 64);
    BOOST_TEST(contentsOf(*openLmdbLog(options)).size() == 4u, left);
  }
}

BOOST_AUTO_TEST_CASE(a_kill_between_sealing_and_the_first_commit_after_it_is_healed) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 1);
  appendChunks(*openLmdbLog(options), 2, 64);
  const std::string mark = readFile(folder / "log/high-water");
  appendChunks(*openLmdbLog(options), 1, 64);
  const fs::path last = folder / "log/00000000000000000002";
  fs::remove_all(last);
  writeFile(folder / "log/high-water", mark);
  BOOST_TEST(reopenedEnd(options).next.value == 2u);
  Segment::create(last, options.mapBytes);
  BOOST_TEST(reopenedEnd(options).next.value == 2u);
  appendChunks(*openLmdbLog(options), 2, 64);
  BOOST_TEST(contentsOf(*openLmdbLog(options)).size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_creation_of_the_log_that_was_cut_short_is_healed) {
  TemporaryFolder folder;
  fs::create_directory(folder / "log");
  writeFile(folder / "log/high-water.new", "FHW");
  BOOST_TEST(reopenedEnd(optionsFor(folder / "log")).next.value == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
