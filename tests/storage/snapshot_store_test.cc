// Snapshots on disk: whole or not there; what is damaged is named.
#include "storage/snapshot_store.h"

#include <dlfcn.h>
#include <sys/statvfs.h>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "storage/limits.h"
#include "storage/lmdb_log.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;
namespace fs = std::filesystem;

namespace {

std::optional<uint64_t> freeBytes;  // that the disk is said to have

}  // namespace

/// In the place of the system's.
extern "C" int statvfs(const char* path, struct statvfs* out) noexcept {
  using Call = int(const char*, struct statvfs*);
  static auto* const real = reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, "statvfs"));
  const int result = real(path, out);
  if (result != 0 || !freeBytes) return result;
  constexpr uint64_t kLarge = uint64_t{1} << 40;
  out->f_blocks = kLarge / out->f_frsize;
  out->f_bavail = *freeBytes / out->f_frsize;
  return 0;
}

BOOST_AUTO_TEST_SUITE(snapshot_store)

namespace {

std::string frame(size_t number, size_t bytes) {
  return payloadOf({number}, bytes);
}

void write(SnapshotStore& store, const std::string& name, size_t frames, const char* manifest) {
  const auto writer = store.begin(name);
  for (size_t i = 0; i < frames; ++i) writer->append(frame(i, 800 + 8 * i));
  writer->finish(manifest);
}

/// Whether all of it is as it was written.
bool isWhole(const SnapshotStore& store, const std::string& name, size_t frames,
             const char* manifest) {
  const auto reader = store.open(name);
  size_t next = 0;
  bool same = reader->manifest() == manifest && store.readManifest(name) == manifest;
  reader->read([&](std::string_view bytes) {
    same = same && bytes == frame(next, 800 + 8 * next);
    ++next;
  });
  return same && next == frames;
}

const std::string kOld = snapshotName({7}, {3});
const std::string kNew = snapshotName({12}, {5});

}  // namespace

BOOST_AUTO_TEST_CASE(a_snapshot_is_there_once_it_is_finished) {
  TemporaryFolder folder;
  {
    SnapshotStore store(folder / "snapshots");
    write(store, kNew, 5, "newer");
    write(store, kOld, 0, "older, and empty");
    const auto unfinished = store.begin(snapshotName({20}, {9}));
    unfinished->append(frame(0, 80));
    BOOST_TEST(store.names() == (std::vector<std::string>{kOld, kNew}));
  }
  SnapshotStore store(folder / "snapshots");
  BOOST_TEST(store.names() == (std::vector<std::string>{kOld, kNew}));
  BOOST_TEST(isWhole(store, kNew, 5, "newer"));
  BOOST_TEST(isWhole(store, kOld, 0, "older, and empty"));
  BOOST_TEST(store.bytes(kNew) > 4000u);
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_behind_is_removed) {
  TemporaryFolder folder;
  { SnapshotStore store(folder / "snapshots"); }
  fs::create_directories(folder / "snapshots" / (kOld + ".new") / "data");
  fs::create_directories(folder / "snapshots" / (kNew + ".gone"));
  fs::create_directories(folder / "snapshots" / (kNew + ".damaged"));
  SnapshotStore store(folder / "snapshots");
  BOOST_TEST(store.names().empty());
  BOOST_TEST(!fs::exists(folder / "snapshots" / (kOld + ".new")));
  BOOST_TEST(!fs::exists(folder / "snapshots" / (kNew + ".gone")));
  BOOST_TEST(fs::exists(folder / "snapshots" / (kNew + ".damaged")));
}

BOOST_AUTO_TEST_CASE(removed_or_set_aside_it_is_none_any_more) {
  TemporaryFolder folder;
  SnapshotStore store(folder / "snapshots");
  write(store, kOld, 2, "a");
  write(store, kNew, 2, "b");
  store.remove(kOld);
  BOOST_TEST(store.names() == std::vector<std::string>{kNew});
  const fs::path aside = store.setAside(kNew);
  BOOST_TEST(store.names().empty());
  BOOST_TEST(!store.has(kNew));
  BOOST_TEST(fs::exists(aside / "manifest"));
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_does_not_fit_leaves_room_for_the_log) {
  TemporaryFolder folder;
  SnapshotStore store(folder / "snapshots");
  const auto log = openLmdbLog({.path = folder / "log", .verified = std::nullopt, .progress = {}});
  const auto writer = store.begin(kNew);
  writer->append(frame(0, 800));
  freeBytes = kReserveBytes * 3 / 2;
  BOOST_CHECK_THROW(writer->append(frame(1, 800)), LogFull);
  BOOST_TEST(log->space().left > 0u);
  freeBytes.reset();
  writer->append(frame(1, 800));
}

// Of every file each 13th byte: a bit more is seen, or nobody looks at it.
BOOST_AUTO_TEST_CASE(a_flipped_bit_is_named_or_harmless) {
  TemporaryFolder folder;
  SnapshotStore store(folder / "snapshots");
  write(store, kOld, 3, "what is in it");
  size_t refused = 0;
  for (const char* part : {"manifest", "data/high-water", "data/00000000000000000000/data.mdb"}) {
    const fs::path file = folder / "snapshots" / kOld / part;
    const std::string bytes = readFile(file);
    for (size_t at = 0; at < bytes.size(); at += 13) {
      std::string damaged = bytes;
      damaged[at] ^= static_cast<char>(1 << at % 8);
      writeFile(file, damaged);
      try {
        BOOST_TEST(isWhole(store, kOld, 3, "what is in it"), part << " at " << at);
      } catch (const LogFailed& failure) {
        ++refused;
        BOOST_TEST(contains(failure.what(), kOld), failure.what());
      }
      writeFile(file, bytes);
    }
  }
  BOOST_TEST(refused > 100u);
  BOOST_TEST(isWhole(store, kOld, 3, "what is in it"));
}

// The end of a data file is room that was taken ahead.
BOOST_AUTO_TEST_CASE(a_truncated_file_is_named_or_whole) {
  TemporaryFolder folder;
  SnapshotStore store(folder / "snapshots");
  write(store, kOld, 3, "what is in it");
  for (const char* part : {"manifest", "data/00000000000000000000/data.mdb"}) {
    const fs::path file = folder / "snapshots" / kOld / part;
    const std::string bytes = readFile(file);
    size_t named = 0;
    for (const size_t size : {size_t{0}, size_t{1}, bytes.size() / 20, bytes.size() - 1}) {
      writeFile(file, bytes.substr(0, size));
      bool whole = false;
      const std::string failure =
          failureOf([&] { whole = isWhole(store, kOld, 3, "what is in it"); });
      BOOST_TEST((whole || contains(failure, kOld)), part << " of " << size << ": " << failure);
      if (!whole) ++named;
    }
    BOOST_TEST(named >= 3u);
    writeFile(file, bytes);
  }
}

BOOST_AUTO_TEST_CASE(frames_of_another_snapshot_are_not_taken_for_its_own) {
  TemporaryFolder folder;
  SnapshotStore store(folder / "snapshots");
  write(store, kOld, 3, "a");
  write(store, kNew, 2, "b");
  fs::remove_all(folder / "snapshots" / kOld / "data");
  fs::copy(folder / "snapshots" / kNew / "data", folder / "snapshots" / kOld / "data",
           fs::copy_options::recursive);
  BOOST_TEST(contains(failureOf([&] { isWhole(store, kOld, 3, "a"); }), kOld));
}

BOOST_AUTO_TEST_SUITE_END()
