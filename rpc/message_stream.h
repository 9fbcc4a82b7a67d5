// MessageStream: Cap'n Proto messages over a byte stream, with few system calls. The wire is the
// stock one.
//
// Reading: takes what the socket has in one call, and cuts messages out of the buffer. Lengths are
// checked before anything is allocated for them (a segment count of FF FF FF FF overflows in the
// stock reader). Writing: messages are copied behind one another, and go out in one write when the
// event loop has nothing else to do; so a turn that answers a hundred calls costs one system call.
// A peer that does not read makes the queue grow to its limit, and then the stream fails.
//
// Invariants: messages leave in the order in which they were written; after a failure nothing is
// read or written. Thread: belongs to its event loop.
#pragma once

#include <capnp/serialize-async.h>
#include <kj/async-io.h>
#include <kj/refcount.h>

#include <cstdint>
#include <vector>

#include "rpc/kj_interfaces.h"
#include "rpc/limits.h"

namespace facet {

struct StreamLimits {
  size_t messageBytes = kMaxMessageBytes;
  uint32_t segments = kMaxSegments;
  size_t queuedBytes = kMaxQueuedBytes;
};

/// Sees what comes and goes, to count it. An exception from it ends the stream.
class StreamListener {
 public:
  virtual void onMessage(capnp::MessageReader& message) = 0;
  /// A message goes out.
  virtual void onSend(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>) {}
  /// `bytes` more (or fewer) wait to be sent.
  virtual void onQueued(int64_t bytes) = 0;

 protected:
  ~StreamListener() = default;
};

/// Where the memory for a peer's messages comes from: taken before a message is read into it, given
/// back when the message is dropped, which may be after the stream.
class MessageRoom : public kj::Refcounted {
 public:
  /// So many bytes of the room, for as long as it lives.
  class Hold {
   public:
    Hold() = default;
    Hold(kj::Own<MessageRoom> room, size_t bytes) : room_(kj::mv(room)), bytes_(bytes) {}
    Hold(Hold&& other) = default;
    Hold& operator=(Hold&& other) noexcept {
      release();
      room_ = kj::mv(other.room_);
      bytes_ = other.bytes_;
      return *this;
    }
    ~Hold() noexcept(false) { release(); }

   private:
    void release() {
      if (room_.get() != nullptr) room_->give(bytes_);
    }

    kj::Own<MessageRoom> room_;
    size_t bytes_ = 0;
  };

  /// False: there is no room now. An exception ends the stream.
  virtual bool take(size_t bytes) = 0;
  /// For what is useful, but not needed. False: there is better use for it.
  virtual bool takeSpare(size_t bytes) = 0;
  /// Once there is room.
  virtual kj::Promise<Hold> waitFor(size_t bytes) = 0;
  virtual void give(size_t bytes) = 0;
};

class MessageStream final : public capnp::MessageStream {
 public:
  /// `stream` and `listener` (may be null) outlive the object. Without `room` there is any.
  MessageStream(kj::AsyncIoStream& stream, StreamLimits limits, StreamListener* listener = nullptr,
                kj::Own<MessageRoom> room = {});
  ~MessageStream() noexcept(false);
  KJ_DISALLOW_COPY(MessageStream);

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
      kj::ArrayPtr<kj::AutoCloseFd> fdSpace, capnp::ReaderOptions options,
      kj::ArrayPtr<capnp::word> scratchSpace) override;
  /// Is done at once: the message is copied. File descriptors are not sent.
  kj::Promise<void> writeMessage(
      kj::ArrayPtr<const int> fds,
      kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override;
  kj::Maybe<int> getSendBufferSize() override;
  /// Sends what waits, then shuts down the writing side.
  kj::Promise<void> end() override;

  /// Ends the stream at once, both ways: reads and writes fail with this from now on.
  void abort(kj::Exception&& reason);

  /// Frees the write buffers where nothing came or went since the last call.
  void trim();

  /// A message has come in part, and the rest is waited for.
  bool isInMessage() const { return inMessage_; }
  uint64_t messagesRead() const { return messagesRead_; }
  /// Neither failed nor ended.
  bool isOpen() const { return failed_ == nullptr && !ended_; }

  /// Bytes that wait to be sent.
  size_t queuedBytes() const { return pending_.size() + writing_.size(); }
  /// Both grow while a large message is on its way.
  uint64_t bytesRead() const { return bytesRead_; }
  uint64_t bytesWritten() const { return bytesWritten_; }

 private:
  using Message = kj::Maybe<capnp::MessageReaderAndFds>;
  struct Frame;

  kj::Maybe<Frame> parseFrame() const;
  kj::Promise<Message> readSome(capnp::ReaderOptions options);
  kj::Promise<Message> readMessage(const Frame& frame, capnp::ReaderOptions options,
                                   MessageRoom::Hold hold);
  struct Large;
  kj::Promise<Message> readLarge(kj::Own<Large> large, capnp::ReaderOptions options);
  Message deliver(kj::Array<capnp::word> words, capnp::ReaderOptions options,
                  MessageRoom::Hold hold);
  bool mayReadMore();
  void makeRoom(size_t bytes);
  char* bufferBytes() { return reinterpret_cast<char*>(buffer_.begin()); }

  void append(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments);
  void scheduleFlush();
  kj::Promise<void> flush();
  kj::Promise<void> writeFrom(size_t at);

  kj::AsyncIoStream& stream_;
  const StreamLimits limits_;
  StreamListener* const listener_;
  kj::Own<MessageRoom> room_;  // may be null
  kj::Maybe<kj::Exception> failed_;
  bool ended_ = false;

  kj::Array<capnp::word>
      buffer_;  // bytes [begin_, end_) are read and not yet delivered; begin_ is a message's start
  size_t begin_ = 0;
  size_t end_ = 0;
  MessageRoom::Hold bufferHold_;  // what it is larger than at first
  bool filled_ = false;           // the last read took all the room there was
  bool inMessage_ = false;
  uint64_t messagesRead_ = 0;
  uint64_t bytesRead_ = 0;
  kj::Canceler reading_;

  std::vector<char> pending_;  // messages to be sent
  std::vector<char> writing_;  // those that are just being sent
  bool flushing_ = false;
  uint64_t bytesWritten_ = 0;
  uint64_t seen_ = 0;  // bytes that had come and gone at the last trim
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> drained_;
  kj::Promise<void> flushTask_ = nullptr;
};

}  // namespace facet
