// The byte stream under the RPC: what it reads, what it refuses, and how it writes.
#include "rpc/message_stream.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "rpc/kj_interfaces.h"
#include "schema/facet.capnp.h"

namespace facet {
namespace {

using capnp::word;

/// A pipe's end that counts what is written at once, and can cut it into pieces of a size.
class CountingStream final : public kj::AsyncIoStream {
 public:
  explicit CountingStream(kj::Own<kj::AsyncIoStream> inner) : inner_(kj::mv(inner)) {}

  unsigned writes = 0;
  size_t largest = SIZE_MAX;  // bytes that one read gives

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return inner_->tryRead(buffer, minBytes, std::max(minBytes, std::min(maxBytes, largest)));
  }
  kj::Promise<void> write(const void* buffer, size_t size) override {
    ++writes;
    return inner_->write(buffer, size);
  }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override {
    ++writes;
    return inner_->write(pieces);
  }
  kj::Promise<void> whenWriteDisconnected() override { return inner_->whenWriteDisconnected(); }
  void shutdownWrite() override { inner_->shutdownWrite(); }

 private:
  kj::Own<kj::AsyncIoStream> inner_;
};

struct Pipe {
  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  kj::TwoWayPipe ends = kj::newTwoWayPipe();
  CountingStream near{kj::mv(ends.ends[0])};
  CountingStream far{kj::mv(ends.ends[1])};
  StreamLimits limits;
  MessageStream here{near, limits};

  /// Raw bytes to the stream under test.
  kj::Promise<void> sendBytes(const std::vector<unsigned char>& bytes) {
    auto copy = kj::heapArray<unsigned char>(bytes.data(), bytes.size());
    auto sent = far.write(copy.begin(), copy.size());
    return sent.attach(kj::mv(copy));
  }
  kj::Maybe<kj::Own<capnp::MessageReader>> read() {
    return here.capnp::MessageStream::tryReadMessage().wait(scope);
  }
  std::string failure() {
    KJ_IF_MAYBE (e, kj::runCatchingExceptions([&] { read(); })) return e->getDescription().cStr();
    return "no failure";
  }
};

kj::Own<capnp::MallocMessageBuilder> node(const std::string& version, unsigned firstWords = 64) {
  auto message =
      kj::heap<capnp::MallocMessageBuilder>(firstWords, capnp::AllocationStrategy::FIXED_SIZE);
  message->initRoot<wire::Node>().setVersion(version.c_str());
  return message;
}

std::string versionOf(capnp::MessageReader& message) {
  return message.getRoot<wire::Node>().getVersion().cStr();
}

std::string readVersion(Pipe& pipe) {
  KJ_IF_MAYBE (message, pipe.read()) return versionOf(**message);
  return "end";
}

std::vector<unsigned char> bytesOf(capnp::MessageBuilder& message) {
  const auto flat = capnp::messageToFlatArray(message);
  const auto bytes = flat.asBytes();
  return {bytes.begin(), bytes.end()};
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(message_stream)

BOOST_AUTO_TEST_CASE(a_stock_message_that_comes_byte_by_byte_is_read) {
  Pipe pipe;
  pipe.near.largest = 1;
  const auto bytes = bytesOf(*node("slow"));
  auto sent = pipe.sendBytes(bytes);
  BOOST_TEST(readVersion(pipe) == "slow");
}

BOOST_AUTO_TEST_CASE(messages_that_come_at_once_are_read_one_after_another) {
  Pipe pipe;
  std::vector<unsigned char> bytes;
  for (int i = 0; i < 1000; ++i) {
    const auto one = bytesOf(*node(std::to_string(i)));
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  auto sent = pipe.sendBytes(bytes);
  for (int i = 0; i < 1000; ++i) BOOST_TEST(readVersion(pipe) == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(what_is_written_in_one_turn_goes_out_in_one_write) {
  Pipe pipe;
  MessageStream there(pipe.far, {});
  for (int i = 0; i < 100; ++i) {
    auto message = node(std::to_string(i));
    there.capnp::MessageStream::writeMessage(*message).wait(pipe.scope);  // copied: done at once
  }
  for (int i = 0; i < 100; ++i) BOOST_TEST(readVersion(pipe) == std::to_string(i));
  BOOST_TEST(pipe.far.writes <= 2U);
}

BOOST_AUTO_TEST_CASE(the_stock_stream_reads_what_is_written_and_the_other_way_round) {
  Pipe pipe;
  capnp::AsyncIoMessageStream stock(pipe.far);
  auto message = node("to stock", 3);  // several segments
  pipe.here.capnp::MessageStream::writeMessage(*message).wait(pipe.scope);
  BOOST_TEST(versionOf(*stock.capnp::MessageStream::readMessage().wait(pipe.scope)) == "to stock");
  auto answer = node("from stock", 3);
  auto sent = stock.capnp::MessageStream::writeMessage(*answer);
  BOOST_TEST(readVersion(pipe) == "from stock");
}

BOOST_AUTO_TEST_CASE(messages_larger_than_the_buffer_are_read) {
  Pipe pipe;
  const std::string large(3 * kReadBuffer, 'x');
  const auto bytes = bytesOf(*node(large));
  const auto small = bytesOf(*node("after"));
  std::vector<unsigned char> both(bytes);
  both.insert(both.end(), small.begin(), small.end());
  auto sent = pipe.sendBytes(both);
  BOOST_TEST((readVersion(pipe) == large));
  BOOST_TEST(readVersion(pipe) == "after");
}

BOOST_AUTO_TEST_CASE(random_messages_in_random_pieces_arrive_as_they_were) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 50; ++round) {
    Pipe pipe;
    MessageStream there(pipe.far, {});
    pipe.near.largest = 1 + random() % 5000;
    std::vector<std::string> texts;
    for (unsigned i = 0; i < 1 + random() % 40; ++i) {
      texts.emplace_back(random() % (i % 10 == 0 ? 200000 : 300), static_cast<char>('a' + i % 26));
      auto message = node(texts.back(), 3 + random() % 50);
      there.capnp::MessageStream::writeMessage(*message).wait(pipe.scope);
    }
    auto ended = there.end().eagerlyEvaluate(nullptr);
    for (const std::string& text : texts) BOOST_REQUIRE((readVersion(pipe) == text));
    BOOST_TEST(readVersion(pipe) == "end");
  }
}

BOOST_AUTO_TEST_CASE(a_segment_count_that_overflows_is_refused) {
  Pipe pipe;
  auto sent = pipe.sendBytes({0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0});
  BOOST_TEST(contains(pipe.failure(), "too many segments"));
}

BOOST_AUTO_TEST_CASE(more_segments_than_the_limit_are_refused_before_their_table_is_there) {
  Pipe pipe;
  auto sent = pipe.sendBytes({0x00, 0x02, 0x00, 0x00});  // 513
  BOOST_TEST(contains(pipe.failure(), "too many segments"));
}

BOOST_AUTO_TEST_CASE(a_claimed_size_over_the_limit_is_refused_before_anything_is_allocated) {
  Pipe pipe;
  auto sent = pipe.sendBytes({0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff});
  BOOST_TEST(contains(pipe.failure(), "larger than the limit"));
}

BOOST_AUTO_TEST_CASE(sizes_that_only_together_are_over_the_limit_are_refused) {
  Pipe pipe;
  std::vector<unsigned char> bytes = {0xff, 0x01, 0, 0};  // 512 segments of 16 MiB
  for (int i = 0; i < 512; ++i) bytes.insert(bytes.end(), {0, 0, 0x20, 0});
  bytes.insert(bytes.end(), {0, 0, 0, 0});
  auto sent = pipe.sendBytes(bytes);
  BOOST_TEST(contains(pipe.failure(), "larger than the limit"));
}

BOOST_AUTO_TEST_CASE(an_end_within_a_message_is_a_disconnect) {
  for (const size_t keep : {1U, 7U, 9U, 20U}) {
    Pipe pipe;
    auto bytes = bytesOf(*node("never whole"));
    bytes.resize(keep);
    auto sent =
        pipe.sendBytes(bytes).then([&]() { pipe.far.shutdownWrite(); }).eagerlyEvaluate(nullptr);
    BOOST_TEST(contains(pipe.failure(), "in the middle of a message"));
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_never_do_harm) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    Pipe pipe;
    std::vector<unsigned char> bytes(1 + random() % 200);
    for (auto& byte : bytes)
      byte = static_cast<unsigned char>(random() % 4 == 0 ? random() : random() % 3);
    auto sent = pipe.sendBytes(bytes)
                    .then([&]() { pipe.far.shutdownWrite(); })
                    .eagerlyEvaluate([](kj::Exception&&) {});
    const auto stopped = kj::runCatchingExceptions([&] {
      for (int i = 0; i < 100; ++i) {
        KJ_IF_MAYBE (message, pipe.read()) {
          (*message)->getRoot<wire::Node>().totalSize();
          continue;
        }
        break;
      }
    });
    BOOST_TEST(pipe.here.queuedBytes() == 0U);
    static_cast<void>(stopped);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_reads_is_given_up_at_the_limit) {
  Pipe pipe;
  MessageStream there(pipe.far, {.queuedBytes = 100'000});
  auto reading = there.capnp::MessageStream::tryReadMessage();
  const std::string text(1000, 'x');
  kj::Maybe<kj::Exception> failed;
  size_t sent = 0;
  for (; sent < 1000 && failed == nullptr; ++sent) {
    auto message = node(text);
    failed = kj::runCatchingExceptions(
        [&] { there.capnp::MessageStream::writeMessage(*message).wait(pipe.scope); });
    pipe.scope.poll();
    BOOST_REQUIRE(there.queuedBytes() <= 100'000U);
  }
  BOOST_REQUIRE(failed != nullptr);
  BOOST_TEST(sent > 90U);
  const auto alsoReading = kj::runCatchingExceptions([&] { reading.wait(pipe.scope); });
  BOOST_TEST((alsoReading != nullptr));
  there.end().wait(pipe.scope);  // does not wait for the peer
}

BOOST_AUTO_TEST_CASE(the_end_comes_after_everything_that_was_written) {
  Pipe pipe;
  MessageStream there(pipe.far, {});
  auto message = node("last words");
  there.capnp::MessageStream::writeMessage(*message).wait(pipe.scope);
  auto ended = there.end().eagerlyEvaluate(nullptr);
  BOOST_TEST(readVersion(pipe) == "last words");
  BOOST_TEST(readVersion(pipe) == "end");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
