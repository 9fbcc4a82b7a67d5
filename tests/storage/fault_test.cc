// The n-th system call that changes the disk fails: the log says so clearly, and after a restart
// holds what was acknowledged. The calls are replaced in this program, below LMDB and below our own
// files.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "storage/backup_folder.h"
#include "storage/data_folder.h"
#include "storage/durable_file.h"
#include "storage/snapshot_store.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

constexpr int kKilled = 99;

struct Fault {
  unsigned after = 0;  // calls that still succeed; the next one fails
  int error = 0;       // none: nothing fails
  bool repeats = false;
  bool happened = false;
  bool kills = false;  // the process ends there instead
} fault;

/// A disk of so many bytes, on which nothing is but what files were grown by. None: the real one.
struct Disk {
  uint64_t bytes = 0;
  uint64_t taken = 0;
} disk;

/// Whether the call that is being made fails now.
bool failsNow() {
  if (fault.error == 0) return false;
  if (fault.after > 0) {
    --fault.after;
    return false;
  }
  if (fault.happened && !fault.repeats) return false;
  fault.happened = true;
  if (fault.kills) ::_exit(kKilled);
  errno = fault.error;
  return true;
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return failsNow() ? -1 : ::syscall(SYS_pwrite64, fd, data, size, offset);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  return failsNow() ? -1 : ::syscall(SYS_writev, fd, parts, count);
}
int fdatasync(int fd) {
  return failsNow() ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}
int fsync(int fd) {
  return failsNow() ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}
int ftruncate(int fd, off_t size) noexcept {
  return failsNow() ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  if (failsNow()) return errno;
  disk.taken += static_cast<uint64_t>(size);
  return ::syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}
int statvfs(const char* path, struct statvfs* out) noexcept {
  struct statfs real {};
  if (::statfs(path, &real) != 0) return -1;
  *out = {};
  out->f_frsize = disk.bytes > 0 ? 1 : static_cast<uint64_t>(real.f_bsize);
  out->f_blocks = disk.bytes > 0 ? disk.bytes : real.f_blocks;
  out->f_bavail = disk.bytes > 0 ? disk.bytes - disk.taken : real.f_bavail;
  return 0;
}
int rename(const char* from, const char* to) noexcept {
  return failsNow() ? -1 : static_cast<int>(::syscall(SYS_rename, from, to));
}
int mkdir(const char* path, mode_t mode) noexcept {
  return failsNow() ? -1 : static_cast<int>(::syscall(SYS_mkdir, path, mode));
}

}  // extern "C"

namespace {

constexpr unsigned kChunks = 8;
constexpr size_t kBytes = 3000;

enum class Ending { untouched, refused, stopped };

/// What a run with one fault did.
struct Run {
  uint64_t acknowledged = 0;
  Ending ending = Ending::untouched;
};

/// Appends chunks until the fault; with LogFull the rest must still be accepted by the same log.
Run runWithFault(const LmdbLogOptions& options, unsigned after, int error) {
  Run run;
  fault = {after, error, false, false};
  try {
    auto log = openLmdbLog(options);
    while (run.acknowledged < kChunks) {
      try {
        run.acknowledged = appendChunk(*log, 1, kBytes).next.value;
      } catch (const LogFull&) {
        run.ending = Ending::refused;
        BOOST_TEST(log->end().next.value == run.acknowledged);
      }
    }
  } catch (const LogFailed& failure) {
    run.ending = Ending::stopped;
    BOOST_TEST(contains(failure.what(), options.path.parent_path().string()), failure.what());
  }
  if (!fault.happened) run.ending = Ending::untouched;
  fault = {};
  return run;
}

/// After a restart all that was acknowledged must be there, and at most the one chunk in doubt
/// more.
void requireRecovered(const LmdbLogOptions& options, const Run& run) {
  auto log = openLmdbLog(options);
  const uint64_t found = log->end().next.value;
  const uint64_t inDoubt = run.ending == Ending::stopped ? 1 : 0;
  BOOST_TEST(found >= run.acknowledged);
  BOOST_TEST(found <= run.acknowledged + inDoubt);
  appendChunk(*log, 1, kBytes);
  const std::vector<std::string> contents = contentsOf(*log);
  BOOST_TEST(contents.size() == found + 1);
  for (uint64_t i = 0; i < contents.size(); ++i) {
    BOOST_TEST(contains(contents[i], payloadOf({i}, kBytes)), "chunk " << i);
  }
}

/// Every call fails once, each in a log of its own; returns how many runs ended how.
std::array<unsigned, 3> failEveryCall(int error) {
  std::array<unsigned, 3> endings{};
  for (unsigned after = 0;; ++after) {
    BOOST_TEST_CONTEXT("call " << after << " fails with error " << error) {
      TemporaryFolder folder;
      const LmdbLogOptions options = optionsFor(folder / "log", 20'000);
      const Run run = runWithFault(options, after, error);
      ++endings[static_cast<size_t>(run.ending)];
      requireRecovered(options, run);
      if (run.ending == Ending::untouched) return endings;
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(an_io_error_in_any_call_stops_the_log_and_loses_nothing) {
  const auto [untouched, refused, stopped] = failEveryCall(EIO);
  BOOST_TEST(untouched == 1u);
  BOOST_TEST(refused == 0u);
  BOOST_TEST(stopped > 50u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_in_any_call_refuses_or_stops_and_loses_nothing) {
  const auto [untouched, refused, stopped] = failEveryCall(ENOSPC);
  BOOST_TEST_MESSAGE(refused << " refused, " << stopped << " stopped");
  BOOST_TEST(untouched == 1u);
  BOOST_TEST(refused > 20u);
  BOOST_TEST(stopped > 5u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_stays_full_refuses_until_there_is_space) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log", 20'000));
  appendChunks(*log, 3, kBytes);
  const LogEnd before = log->end();
  fault = {0, ENOSPC, true, false};
  for (unsigned i = 0; i < 5; ++i) {
    BOOST_TEST(!fullnessOf([&] { appendChunk(*log, 1, 800'000); }).empty());
    BOOST_TEST((log->end() == before));
    BOOST_TEST(contentsOf(*log).size() == 3u);
  }
  fault = {};
  appendChunks(*log, 10, kBytes);
  BOOST_TEST(contentsOf(*log).size() == 13u);
}

/// Ends a child of this process before its `after`th call. False: it has come to its end.
bool killedAt(unsigned after, const std::function<void()>& action) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    fault = {after, EIO, false, false, true};
    try {
      action();
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFEXITED(status));
  BOOST_REQUIRE(WEXITSTATUS(status) != 1);
  return WEXITSTATUS(status) == kKilled;
}

/// Whatever was cut short: no folder is there, or an empty one that was before, or one that a node
/// refuses. Returns after how many calls it was refused.
unsigned refusedAfterKills(const std::function<void(const std::filesystem::path&)>& make,
                           bool exists) {
  unsigned refused = 0;
  for (unsigned after = 0;; ++after) {
    TemporaryFolder folder;
    const std::filesystem::path path = folder / "made";
    if (exists) std::filesystem::create_directory(path);
    if (!killedAt(after, [&] { make(path); })) return refused;
    if (!std::filesystem::exists(path)) continue;
    if (exists && std::filesystem::is_empty(path)) continue;
    BOOST_TEST(!failureOf([&] { DataFolder node(path); }).empty(), "call " << after);
    ++refused;
  }
}

BOOST_AUTO_TEST_CASE(a_restore_that_is_killed_leaves_no_folder_that_looks_new) {
  const auto restore = [](const std::filesystem::path& path) {
    UnfinishedDataFolder made(path);
    appendChunks(*openLmdbLog(optionsFor(made.logPath())), 2, kBytes);
    ::_exit(0);  // without finish(), and without clearing up
  };
  BOOST_TEST(refusedAfterKills(restore, false) > 5u);
  BOOST_TEST(refusedAfterKills(restore, true) > 5u);
}

BOOST_AUTO_TEST_CASE(a_backup_that_is_killed_leaves_no_folder_that_looks_new) {
  const auto backup = [](const std::filesystem::path& path) {
    BackupFolder made(path, {1, 2});
    auto log = openLmdbLog(optionsFor(made.logPath()));
    appendChunks(*log, 2, kBytes);
    made.finish({{1, 2}, log->end(), 0, {}});
  };
  BOOST_TEST(refusedAfterKills(backup, false) > 5u);
  BOOST_TEST(refusedAfterKills(backup, true) > 5u);
}

/// Lets this process open so many files more.
class FewDescriptors {
 public:
  explicit FewDescriptors(unsigned more) {
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = ::open("/dev/null", O_RDONLY);
    ::close(next);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(next) + more;
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

/// Does it with 0, 1, 2, … descriptors to spare until it succeeds; returns how often it was told
/// that it can't be seen now, which is all that it may be told.
unsigned unreadableTimes(const std::function<void()>& action) {
  for (unsigned times = 0;; ++times) {
    const FewDescriptors few(times);
    try {
      action();
      return times;
    } catch (const LogUnreadable& e) {
      BOOST_TEST_MESSAGE(e.what());
    }
  }
}

BOOST_AUTO_TEST_CASE(without_descriptors_a_snapshot_is_unreadable_and_not_damaged) {
  TemporaryFolder folder;
  SnapshotStore store(folder / "snapshots");
  const std::string name = snapshotName({7}, {8});
  const auto writer = store.begin(name);
  writer->append(payloadOf({0}, kBytes));
  writer->finish("manifest");
  BOOST_TEST(unreadableTimes([&] { store.open(name)->read([](std::string_view) {}); }) > 2u);
}

BOOST_AUTO_TEST_CASE(without_descriptors_a_sealed_segment_is_unreadable_and_the_log_goes_on) {
  TemporaryFolder folder;
  appendChunks(*openLmdbLog(optionsFor(folder / "log", 20'000)), 40, kBytes);
  auto log = openLmdbLog(optionsFor(folder / "log", 20'000));
  BOOST_TEST(unreadableTimes([&] { contentsOf(*log); }) > 0u);
  BOOST_TEST(!log->damage());
  appendChunks(*log, 1, kBytes);
  BOOST_TEST(contentsOf(*log).size() == 41u);
}

BOOST_AUTO_TEST_CASE(what_a_log_grows_ahead_is_not_taken_from_the_reserve) {
  constexpr uint64_t kDisk = uint64_t{24} << 20;
  constexpr uint64_t kReserve = uint64_t{4} << 20;
  for (const size_t bytes : {size_t{800}, size_t{100'000}, size_t{1'000'000}}) {
    TemporaryFolder folder;
    LmdbLogOptions options = optionsFor(folder / "log");
    options.reserveBytes = kReserve;
    disk = {kDisk, 0};
    {
      auto log = openLmdbLog(options);
      const auto fill = [&] {
        for (;;) appendChunk(*log, 1, bytes);
      };
      BOOST_TEST(!fullnessOf(fill).empty());
      BOOST_TEST(disk.taken <= kDisk - kReserve);
      BOOST_TEST(disk.taken + bytes + 400'000 > kDisk - kReserve);
      BOOST_TEST(log->space().left < bytes + 400'000);
    }
    disk = {};
  }
}

BOOST_AUTO_TEST_CASE(what_the_system_says_of_itself_is_not_damage) {
  for (const int error : {EMFILE, ENFILE, ENOLCK, EIO, EACCES, EPERM, ENOMEM, EINTR, EROFS}) {
    BOOST_CHECK_THROW(throwSystemError("file", "open", error), LogUnreadable);
  }
  BOOST_CHECK_THROW(throwSystemError("file", "write", ENOSPC), LogFull);
  try {
    throwSystemError("file", "open", ENOENT);
  } catch (const LogUnreadable&) {
    BOOST_ERROR("what is missing is missing");
  } catch (const LogFailed&) {
  }
}

BOOST_AUTO_TEST_CASE(after_an_io_error_nothing_more_is_taken) {
  TemporaryFolder folder;
  auto log = openLmdbLog(optionsFor(folder / "log"));
  appendChunks(*log, 1, kBytes);
  fault = {2, EIO, false, false};
  BOOST_TEST(contains(failureOf([&] { appendChunk(*log, 1, kBytes); }), "Input/output error"));
  fault = {};
  BOOST_TEST(contains(failureOf([&] { appendChunk(*log, 1, kBytes); }), "takes nothing more"));
  BOOST_TEST(contentsOf(*log).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
