// Sockets that know when they are empty.
#include "rpc/socket_stream.h"

#include <kj/async-io.h>
#include <kj/debug.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace facet {
namespace {

struct Sockets {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::Own<SocketStream> ends[2];

  Sockets() {
    int fds[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    for (int i = 0; i < 2; ++i) {
      ends[i] = kj::heap<SocketStream>(io.unixEventPort, kj::AutoCloseFd(fds[i]));
    }
  }
  kj::Promise<std::string> read(int end, size_t least, size_t most) {
    auto buffer = kj::heapArray<char>(most);
    auto got = ends[end]->tryRead(buffer.begin(), least, most);
    return got.then(
        [buffer = kj::mv(buffer)](size_t bytes) { return std::string(buffer.begin(), bytes); });
  }
  void write(int end, const std::string& text) {
    ends[end]->write(text.data(), text.size()).wait(io.waitScope);
  }
};

BOOST_AUTO_TEST_SUITE(socket_stream)

BOOST_AUTO_TEST_CASE(every_message_of_a_long_dialogue_arrives) {
  Sockets sockets;
  for (int i = 0; i < 2000; ++i) {
    auto answer = sockets.read(1, 1, 100);
    sockets.write(0, std::to_string(i));
    BOOST_REQUIRE(answer.wait(sockets.io.waitScope) == std::to_string(i));
    auto back = sockets.read(0, 1, 100);
    sockets.write(1, "ok");
    BOOST_REQUIRE(back.wait(sockets.io.waitScope) == "ok");
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_come_between_two_reads_are_not_missed) {
  Sockets sockets;
  sockets.write(0, "one");
  BOOST_TEST(sockets.read(1, 1, 100).wait(sockets.io.waitScope) == "one");
  sockets.write(0, "two");
  BOOST_TEST(sockets.read(1, 1, 100).wait(sockets.io.waitScope) == "two");
  // The edge comes while nobody reads.
  sockets.write(0, "three");
  sockets.io.provider->getTimer().afterDelay(1 * kj::MILLISECONDS).wait(sockets.io.waitScope);
  BOOST_TEST(sockets.read(1, 1, 100).wait(sockets.io.waitScope) == "three");
}

BOOST_AUTO_TEST_CASE(a_read_waits_for_its_least_bytes) {
  Sockets sockets;
  auto all = sockets.read(1, 6, 100);
  sockets.write(0, "abc");
  BOOST_TEST(!all.poll(sockets.io.waitScope));
  sockets.write(0, "def");
  BOOST_TEST(all.wait(sockets.io.waitScope) == "abcdef");
}

BOOST_AUTO_TEST_CASE(the_end_is_seen_after_the_last_bytes) {
  Sockets sockets;
  auto first = sockets.read(1, 1, 100);
  sockets.write(0, "x");
  BOOST_TEST(first.wait(sockets.io.waitScope) == "x");
  sockets.write(0, "bye");
  sockets.ends[0]->shutdownWrite();
  BOOST_TEST(sockets.read(1, 1, 100).wait(sockets.io.waitScope) == "bye");
  BOOST_TEST(sockets.read(1, 1, 100).wait(sockets.io.waitScope) == "");
}

BOOST_AUTO_TEST_CASE(more_than_the_kernel_buffers_goes_through) {
  Sockets sockets;
  const std::string large(5'000'000, 'x');
  auto written = sockets.ends[0]->write(large.data(), large.size());
  const std::string got = sockets.read(1, large.size(), large.size()).wait(sockets.io.waitScope);
  written.wait(sockets.io.waitScope);
  BOOST_TEST((got == large));
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_gone_is_a_disconnect) {
  Sockets sockets;
  sockets.ends[0] = nullptr;
  BOOST_TEST(sockets.read(1, 1, 100).wait(sockets.io.waitScope) == "");
  const auto failed = kj::runCatchingExceptions([&] {
    for (int i = 0; i < 3; ++i) sockets.write(1, "anybody there?");
  });
  BOOST_REQUIRE(failed != nullptr);
  BOOST_TEST((KJ_ASSERT_NONNULL(failed).getType() == kj::Exception::Type::DISCONNECTED));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
