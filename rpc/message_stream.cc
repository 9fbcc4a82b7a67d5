#include "rpc/message_stream.h"

#include <kj/debug.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace facet {

using capnp::word;

namespace {

constexpr size_t kWord = sizeof(word);

uint32_t loadCount(const char* at) {
  uint32_t out;
  std::memcpy(&out, at, sizeof(out));
  return out;  // little endian, as the machine
}

/// Bytes of the table before the segments: their count and sizes, padded to a word.
size_t tableBytes(uint32_t segments) {
  return (size_t{segments} / 2 + 1) * kWord;
}

/// A message that owns its bytes.
class OwnedMessage final : public capnp::MessageReader {
 public:
  OwnedMessage(kj::Array<word> words, capnp::ReaderOptions limits, MessageRoom::Hold hold)
      : capnp::MessageReader(limits), hold_(kj::mv(hold)), words_(kj::mv(words)) {
    count_ = loadCount(table()) + 1;
  }

  kj::ArrayPtr<const word> getSegment(unsigned id) override {
    if (id >= count_) return nullptr;
    size_t at = tableBytes(count_) / kWord;
    for (uint32_t i = 0; i < id; ++i) at += size(i);
    return words_.slice(at, at + size(id));
  }

 private:
  const char* table() const { return reinterpret_cast<const char*>(words_.begin()); }
  size_t size(uint32_t segment) const { return loadCount(table() + size_t{4} * (segment + 1)); }

  MessageRoom::Hold hold_;
  kj::Array<word> words_;
  uint32_t count_ = 0;
};

}  // namespace

/// A message that is read past the buffer.
struct MessageStream::Large {
  kj::Array<word>
      words;        // not touched before it is filled: claimed lengths cost address space only
  size_t have = 0;  // bytes
  MessageRoom::Hold hold;

  size_t missing() const { return words.size() * kWord - have; }
};

/// The message at the buffer's beginning: its size, table included.
struct MessageStream::Frame {
  size_t bytes = 0;
};

MessageStream::MessageStream(kj::AsyncIoStream& stream, StreamLimits limits,
                             StreamListener* listener, kj::Own<MessageRoom> room)
    : stream_(stream), limits_(limits), listener_(listener), room_(kj::mv(room)) {}

MessageStream::~MessageStream() noexcept(false) {
  if (listener_ != nullptr) listener_->onQueued(-static_cast<int64_t>(queuedBytes()));
}

kj::Maybe<MessageStream::Frame> MessageStream::parseFrame() const {
  const char* at = reinterpret_cast<const char*>(buffer_.begin()) + begin_;
  const size_t have = end_ - begin_;
  if (have < 4) return nullptr;
  const uint32_t last = loadCount(at);  // segments - 1
  KJ_REQUIRE(last < limits_.segments, "a message has too many segments", last);
  const uint32_t segments = last + 1;
  const size_t table = tableBytes(segments);
  if (have < table) return nullptr;
  uint64_t words = 0;
  for (uint32_t i = 0; i < segments; ++i) words += loadCount(at + size_t{4} * (i + 1));
  KJ_REQUIRE(words <= limits_.messageBytes / kWord, "a message is larger than the limit",
             words * kWord, limits_.messageBytes);
  return Frame{table + words * kWord};
}

/// A larger buffer is worth it, and there is memory for it.
bool MessageStream::mayReadMore() {
  if (room_.get() == nullptr) return true;
  if (!room_->takeSpare(kReadBuffer)) return false;
  bufferHold_ = MessageRoom::Hold(kj::addRef(*room_), kReadBuffer);
  return true;
}

void MessageStream::makeRoom(size_t bytes) {
  if (begin_ == end_) begin_ = end_ = 0;
  const size_t size = buffer_.size() * kWord;
  size_t wanted = std::max({size, kFirstReadBuffer, bytes});
  if (filled_ && wanted < kReadBuffer && mayReadMore()) wanted = kReadBuffer;
  if (wanted > size) {
    auto larger = kj::heapArray<word>((wanted + kWord - 1) / kWord);
    if (end_ > begin_) {
      std::memcpy(larger.begin(), bufferBytes() + begin_, end_ - begin_);
    }
    buffer_ = kj::mv(larger);
  } else if (begin_ > 0 && size - begin_ < std::max(bytes, size / 2)) {
    std::memmove(buffer_.begin(), bufferBytes() + begin_, end_ - begin_);
  } else {
    return;
  }
  end_ -= begin_;
  begin_ = 0;
}

MessageStream::Message MessageStream::deliver(kj::Array<word> words, capnp::ReaderOptions options,
                                              MessageRoom::Hold hold) {
  inMessage_ = false;
  ++messagesRead_;
  auto reader = kj::heap<OwnedMessage>(kj::mv(words), options, kj::mv(hold));
  if (listener_ != nullptr) listener_->onMessage(*reader);
  return capnp::MessageReaderAndFds{kj::mv(reader), nullptr};
}

kj::Promise<MessageStream::Message> MessageStream::tryReadMessage(kj::ArrayPtr<kj::AutoCloseFd>,
                                                                  capnp::ReaderOptions options,
                                                                  kj::ArrayPtr<word>) {
  return kj::evalNow([&]() -> kj::Promise<Message> {
    KJ_IF_MAYBE (reason, failed_) return kj::cp(*reason);
    KJ_IF_MAYBE (frame, parseFrame()) {
      const bool whole = frame->bytes <= end_ - begin_;
      if (whole || frame->bytes > buffer_.size() * kWord) {
        if (room_.get() == nullptr) return readMessage(*frame, options, {});
        if (room_->take(frame->bytes)) {
          return readMessage(*frame, options, MessageRoom::Hold(kj::addRef(*room_), frame->bytes));
        }
        inMessage_ = false;  // it is not the peer that is waited for
        return reading_.wrap(room_->waitFor(frame->bytes))
            .then([this, at = *frame, options](MessageRoom::Hold hold) {
              return readMessage(at, options, kj::mv(hold));
            });
      }
      makeRoom(frame->bytes);
      return readSome(options);
    }
    makeRoom(tableBytes(limits_.segments));
    return readSome(options);
  });
}

kj::Promise<MessageStream::Message> MessageStream::readMessage(const Frame& frame,
                                                               capnp::ReaderOptions options,
                                                               MessageRoom::Hold hold) {
  auto words = kj::heapArray<word>(frame.bytes / kWord);
  const size_t have = std::min(frame.bytes, end_ - begin_);
  std::memcpy(words.begin(), bufferBytes() + begin_, have);
  begin_ += have;
  if (have == frame.bytes) return deliver(kj::mv(words), options, kj::mv(hold));
  inMessage_ = true;
  return readLarge(kj::heap<Large>(Large{kj::mv(words), have, kj::mv(hold)}), options);
}

kj::Promise<MessageStream::Message> MessageStream::readSome(capnp::ReaderOptions options) {
  const size_t room = buffer_.size() * kWord - end_;
  char* to = bufferBytes() + end_;
  inMessage_ = end_ > begin_;
  return reading_.wrap(stream_.tryRead(to, 1, room))
      .then([this, room, options](size_t bytes) -> kj::Promise<Message> {
        if (bytes == 0) {
          if (end_ == begin_) return Message(nullptr);
          return KJ_EXCEPTION(DISCONNECTED, "the peer ended in the middle of a message");
        }
        bytesRead_ += bytes;
        filled_ = bytes == room;
        end_ += bytes;
        return tryReadMessage(nullptr, options, nullptr);
      });
}

kj::Promise<MessageStream::Message> MessageStream::readLarge(kj::Own<Large> large,
                                                             capnp::ReaderOptions options) {
  char* to = reinterpret_cast<char*>(large->words.begin()) + large->have;
  return reading_.wrap(stream_.tryRead(to, 1, large->missing()))
      .then([this, options, large = kj::mv(large)](size_t bytes) mutable -> kj::Promise<Message> {
        if (bytes == 0) {
          return KJ_EXCEPTION(DISCONNECTED, "the peer ended in the middle of a message");
        }
        bytesRead_ += bytes;
        large->have += bytes;
        if (large->missing() > 0) return readLarge(kj::mv(large), options);
        return deliver(kj::mv(large->words), options, kj::mv(large->hold));
      });
}

void MessageStream::append(kj::ArrayPtr<const kj::ArrayPtr<const word>> segments) {
  const auto count = static_cast<uint32_t>(segments.size());
  size_t bytes = tableBytes(count);
  for (const auto& segment : segments) bytes += segment.size() * kWord;
  KJ_REQUIRE(queuedBytes() + bytes <= limits_.queuedBytes,
             "the peer does not read its answers: too many bytes wait to be sent");
  size_t at = pending_.size();
  if (at + bytes > pending_.capacity() && at + bytes > kKeptWriteBuffer) {
    // Not twice as much, as a vector grows by itself: what waits may be large, and for long.
    pending_.reserve(at + bytes + std::min(at, kKeptWriteBuffer));
  }
  pending_.resize(at + bytes);
  if (listener_ != nullptr) listener_->onQueued(static_cast<int64_t>(bytes));
  if (listener_ != nullptr) listener_->onSend(segments);
  const auto put = [&](const void* from, size_t size) {
    std::memcpy(pending_.data() + at, from, size);
    at += size;
  };
  const uint32_t last = count - 1;
  put(&last, 4);
  for (const auto& segment : segments) {
    const auto words = static_cast<uint32_t>(segment.size());
    put(&words, 4);
  }
  const uint32_t padding = 0;
  if (count % 2 == 0) put(&padding, 4);
  for (const auto& segment : segments) put(segment.begin(), segment.size() * kWord);
}

kj::Promise<void> MessageStream::writeMessage(
    kj::ArrayPtr<const int> fds, kj::ArrayPtr<const kj::ArrayPtr<const word>> segments) {
  KJ_IF_MAYBE (reason, failed_) return kj::cp(*reason);
  KJ_IF_MAYBE (reason, kj::runCatchingExceptions([&] {
                 KJ_REQUIRE(fds.size() == 0, "file descriptors can't be sent");
                 append(segments);
               })) {
    abort(kj::cp(*reason));
    return kj::mv(*reason);
  }
  scheduleFlush();
  return kj::READY_NOW;
}

kj::Promise<void> MessageStream::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const word>>> messages) {
  for (auto& message : messages) {
    auto written = writeMessage(nullptr, message);
    KJ_IF_MAYBE (reason, failed_) return kj::cp(*reason);
  }
  return kj::READY_NOW;
}

void MessageStream::scheduleFlush() {
  if (flushing_) return;
  flushing_ = true;
  flushTask_ = kj::evalLast([this]() {
                 return flush();
               }).eagerlyEvaluate([this](kj::Exception&& e) { abort(kj::mv(e)); });
}

kj::Promise<void> MessageStream::flush() {
  writing_.swap(pending_);
  return writeFrom(0);
}

/// In pieces, so that it can be seen to go.
kj::Promise<void> MessageStream::writeFrom(size_t at) {
  const size_t piece = std::min(writing_.size() - at, kWritePiece);
  auto written = stream_.write(writing_.data() + at, piece);
  return written.then([this, at, piece]() -> kj::Promise<void> {
    bytesWritten_ += piece;
    const size_t bytes = writing_.size();
    if (at + piece < bytes) return writeFrom(at + piece);
    writing_.clear();
    if (listener_ != nullptr) listener_->onQueued(-static_cast<int64_t>(bytes));
    if (writing_.capacity() > kKeptWriteBuffer) writing_ = {};
    if (!pending_.empty()) return flush();
    flushing_ = false;
    KJ_IF_MAYBE (drained, drained_) (*drained)->fulfill();
    return kj::READY_NOW;
  });
}

void MessageStream::trim() {
  const uint64_t now = bytesRead_ + bytesWritten_;
  if (now != std::exchange(seen_, now) || flushing_) return;
  pending_ = {};
  writing_ = {};
}

void MessageStream::abort(kj::Exception&& reason) {
  if (failed_ != nullptr) return;
  if (!reading_.isEmpty()) reading_.cancel(kj::cp(reason));
  KJ_IF_MAYBE (drained, drained_) (*drained)->reject(kj::cp(reason));
  failed_ = kj::mv(reason);
}

kj::Maybe<int> MessageStream::getSendBufferSize() {
  int size = 0;
  unsigned length = sizeof(size);
  KJ_IF_MAYBE (reason, kj::runCatchingExceptions(
                           [&] { stream_.getsockopt(SOL_SOCKET, SO_SNDBUF, &size, &length); })) {
    static_cast<void>(reason);
    return nullptr;  // not a socket
  }
  return size;
}

kj::Promise<void> MessageStream::end() {
  ended_ = true;
  KJ_IF_MAYBE (reason, failed_) {
    static_cast<void>(reason);
    return kj::READY_NOW;  // nothing more can be sent
  }
  if (!flushing_) {
    stream_.shutdownWrite();
    return kj::READY_NOW;
  }
  auto drained = kj::newPromiseAndFulfiller<void>();
  drained_ = kj::mv(drained.fulfiller);
  return drained.promise.then([this]() { stream_.shutdownWrite(); });
}

}  // namespace facet
