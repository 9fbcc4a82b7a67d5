#include "client/link.h"

#include <capnp/rpc.capnp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace facet {
namespace {

/// Bytes that may wait to be sent: the window bounds them; this only tells a program that ignores
/// it from one that has a large window of large batches.
constexpr size_t kMaxQueuedToNode = size_t{512} << 20;

/// The first pause before something is tried again, and the longest: each is twice the one before,
/// with a random part, so that clients do not come back all at once.
constexpr auto kFirstPause = 2 * kj::MILLISECONDS;
constexpr auto kLongestPause = 500 * kj::MILLISECONDS;

/// Looks at a silent connection before it is ended, and after how many of them the node is asked
/// for a sign of life: it has three quarters of the time for that. More looks wake an idle program;
/// fewer make the time inexact.
constexpr unsigned kLooks = 8;
constexpr unsigned kLooksBeforePing = 2;

/// What a message that goes out is: the number of its union's member, as the encoding has it. Its
/// root is the struct that the first word points to, in the first segment.
uint16_t kindOf(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  constexpr uint16_t kNone = UINT16_MAX;
  if (segments.size() == 0 || segments[0].size() < 2) return kNone;
  const auto* const words = segments[0].begin();
  int32_t pointer;
  std::memcpy(&pointer, words, sizeof(pointer));
  const int64_t at = 1 + (pointer >> 2);
  if ((pointer & 3) != 0 || at < 1 || at >= static_cast<int64_t>(segments[0].size())) return kNone;
  uint16_t kind;
  std::memcpy(&kind, words + at, sizeof(kind));
  return kind;
}

}  // namespace

kj::Duration pauseBefore(unsigned attempt) {
  const auto pause = std::min(kFirstPause * (1U << std::min(attempt, 10U)), kLongestPause);
  return pause / 2 + pause * (static_cast<unsigned>(std::rand()) % 128U) / 256U;
}

kj::Promise<kj::Own<Link>> Link::connect(kj::AsyncIoContext& io, const std::string& address,
                                         kj::Duration silence) {
  return connectToNode(io, address).then([&io, silence](kj::Own<kj::AsyncIoStream> stream) {
    return kj::heap<Link>(io.provider->getTimer(), kj::mv(stream), silence);
  });
}

Link::Link(kj::Timer& timer, kj::Own<kj::AsyncIoStream> connected, kj::Duration silence)
    : timer_(timer),
      silence_(silence),
      connection_(kj::mv(connected), {.queuedBytes = kMaxQueuedToNode}, this) {}

Link::~Link() noexcept(false) = default;

void Link::onMessage(capnp::MessageReader& message) {
  const bool answer = message.getRoot<capnp::rpc::Message>().which() == capnp::rpc::Message::RETURN;
  if (answer && questions_ > 0) --questions_;
}

void Link::onSend(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  const uint16_t kind = kindOf(segments);
  if (kind != capnp::rpc::Message::CALL && kind != capnp::rpc::Message::BOOTSTRAP) return;
  ++questions_;
  if (watched_) return;
  watched_ = true;
  quiet_ = 0;
  watching_ = watch().eagerlyEvaluate(nullptr);
}

kj::Promise<void> Link::watch() {
  return timer_.afterDelay(silence_ / kLooks).then([this]() -> kj::Promise<void> {
    // One that is gone answers nothing more.
    watched_ = questions_ > 0 && connection_.messages().isOpen();
    if (!watched_) return kj::READY_NOW;
    look();
    return watch();
  });
}

/// Counts looks, not time: a program that was busy for a while, or stopped, has not listened. What
/// the system takes from us is no sign of life, but what was still waiting and has left is: a large
/// batch on a slow line.
void Link::look() {
  const MessageStream& messages = connection_.messages();
  const int64_t held = heldBySystem();
  const int64_t left = static_cast<int64_t>(messages.bytesWritten()) - held;
  const bool alive = messages.bytesRead() != read_ || (waiting_ && left > left_);
  quiet_ = alive ? 0 : quiet_ + 1;
  read_ = messages.bytesRead();
  left_ = left;
  waiting_ = held > 0 || messages.queuedBytes() > 0;
  if (quiet_ == kLooksBeforePing) ping();
  if (quiet_ < kLooks) return;
  end(kj::str("the node gives no sign of life for ", silence_ / kj::MILLISECONDS, " ms").cStr());
}

/// Bytes that were written, and did not arrive at the other end yet.
int64_t Link::heldBySystem() {
  int bytes = 0;
  KJ_IF_MAYBE (fd, connection_.socket().getFd()) {
    if (::ioctl(*fd, SIOCOUTQ, &bytes) != 0) return 0;
  }
  return bytes;
}

/// Any node answers this at once, on any connection, whatever else it is asked.
void Link::ping() {
  auto node = bootstrap();
  pinging_ = node.whenResolved().attach(kj::mv(node)).eagerlyEvaluate([](kj::Exception&&) {});
}

void Link::end(const std::string& why) {
  connection_.messages().abort(
      kj::Exception(kj::Exception::Type::DISCONNECTED, "facet", 0, kj::str(why.c_str())));
}

}  // namespace facet
