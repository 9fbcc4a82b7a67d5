// kill -9 at any moment: what was acknowledged is there, in order, and nothing is torn.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <random>

#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

constexpr size_t kSizes[] = {0, 8, 640, 2104, 9000, 150'000};

size_t payloadBytesOf(uint64_t number) {
  return kSizes[number % std::size(kSizes)];
}

/// Another process, which appends for ever and writes the log's next chunk to a pipe after each.
class Writer {
 public:
  explicit Writer(const LmdbLogOptions& options) {
    int pipe[2];
    BOOST_TEST_REQUIRE(::pipe(pipe) == 0);
    pid_ = ::fork();
    if (pid_ == 0) appendForever(options, pipe[1]);
    ::close(pipe[1]);
    acknowledgements_ = pipe[0];
  }
  ~Writer() { ::close(acknowledgements_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// The next acknowledgement; `last` when there is none any more.
  uint64_t next(uint64_t last) {
    uint64_t chunk = 0;
    return ::read(acknowledgements_, &chunk, sizeof chunk) == sizeof chunk ? chunk : last;
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  [[noreturn]] static void appendForever(const LmdbLogOptions& options, int acknowledge) {
    try {
      auto log = openLmdbLog(options);
      for (;;) {
        const LogEnd end = appendChunk(*log, 3, payloadBytesOf(log->end().next.value));
        if (::write(acknowledge, &end.next.value, sizeof end.next.value) < 0) ::_exit(1);
      }
    } catch (const std::exception& e) {
      std::fprintf(stderr, "the writer failed: %s\n", e.what());
    }
    ::_exit(1);
  }

  pid_t pid_ = 0;
  int acknowledgements_ = -1;
};

/// Lets a writer go on for `count` acknowledgements and kills it; returns the last one that it
/// sent.
uint64_t writeAndKill(const LmdbLogOptions& options, unsigned count, uint64_t acknowledged) {
  Writer writer(options);
  for (unsigned i = 0; i < count; ++i) acknowledged = writer.next(acknowledged);
  writer.kill();
  for (uint64_t last = 0; last != acknowledged;) {
    last = acknowledged;
    acknowledged = writer.next(acknowledged);
  }
  return acknowledged;
}

/// Whether all chunks are what the writer makes of their number.
bool isRight(const EventLog& log) {
  uint64_t next = 0;
  bool right = true;
  log.read({0}, SIZE_MAX, [&](const ChunkRef& chunk) {
    right = right && chunk.header->number.value == next &&
            chunk.header->first.value == next * 3 + 1 &&
            chunk.payload == payloadOf({next}, payloadBytesOf(next));
    ++next;
    return true;
  });
  return right && next == log.end().next.value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(nothing_acknowledged_is_lost_by_kills) {
  TemporaryFolder folder;
  const LmdbLogOptions options = optionsFor(folder / "log", 600'000);
  std::mt19937 random(7);
  uint64_t acknowledged = 0;
  for (unsigned kill = 0; kill < 40; ++kill) {
    acknowledged = writeAndKill(options, random() % 40, acknowledged);
    auto log = openLmdbLog(options);
    BOOST_TEST_REQUIRE(log->end().next.value >= acknowledged);
    BOOST_TEST_REQUIRE(isRight(*log), "after kill " << kill);
    acknowledged = log->end().next.value;
  }
  BOOST_TEST(acknowledged > 100u);
}

BOOST_AUTO_TEST_SUITE_END()
