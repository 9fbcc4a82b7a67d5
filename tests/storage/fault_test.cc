// The n-th system call that changes the disk fails: the log says so clearly, and after a restart
// holds what was acknowledged. The calls are replaced in this program, below LMDB and below our own
// files.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

struct Fault {
  unsigned after = 0;  // calls that still succeed; the next one fails
  int error = 0;       // none: nothing fails
  bool repeats = false;
  bool happened = false;
} fault;

/// Whether the call that is being made fails now.
bool failsNow() {
  if (fault.error == 0) return false;
  if (fault.after > 0) {
    --fault.after;
    return false;
  }
  if (fault.happened && !fault.repeats) return false;
  fault.happened = true;
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
  return ::syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
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
