#include "rpc/socket_stream.h"

#include <fcntl.h>
#include <kj/debug.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "rpc/limits.h"

namespace facet {
namespace {

bool wouldBlock(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

kj::Exception socketError(const char* call, int error) {
  const bool gone = error == ECONNRESET || error == EPIPE || error == ENOTCONN ||
                    error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH ||
                    error == ECONNABORTED;
  return kj::Exception(gone ? kj::Exception::Type::DISCONNECTED : kj::Exception::Type::FAILED,
                       "socket", 0, kj::str(call, ": ", strerror(error)));
}

}  // namespace

SocketStream::SocketStream(kj::UnixEventPort& port, kj::AutoCloseFd fd)
    : fd_(kj::mv(fd)), observer_(port, fd_, kj::UnixEventPort::FdObserver::OBSERVE_READ_WRITE) {}

kj::Promise<size_t> SocketStream::tryRead(void* buffer, size_t minBytes, size_t maxBytes) {
  return readMore(static_cast<char*>(buffer), minBytes, maxBytes, 0);
}

kj::Promise<size_t> SocketStream::readMore(char* to, size_t minBytes, size_t maxBytes,
                                           size_t before) {
  const auto readAfter = [=, this](kj::Promise<void> ready) {
    return ready.then([=, this]() { return readMore(to, minBytes, maxBytes, before); });
  };
  KJ_IF_MAYBE (readable, readable_) {
    auto ready = kj::mv(*readable);
    readable_ = nullptr;
    return readAfter(kj::mv(ready));
  }
  ssize_t got;
  do {
    got = ::recv(fd_, to, maxBytes, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    const int error = errno;
    if (!wouldBlock(error)) return socketError("recv", error);
    return readAfter(observer_.whenBecomesReadable());
  }
  const auto bytes = static_cast<size_t>(got);
  if (bytes == 0) return before;
  // At the end of the stream no edge comes any more: then the next read has to find it by asking.
  if (bytes < maxBytes && !observer_.atEndHint().orDefault(true)) {
    readable_ = observer_.whenBecomesReadable();
  }
  if (bytes >= minBytes) return before + bytes;
  return readMore(to + bytes, minBytes - bytes, maxBytes - bytes, before + bytes);
}

kj::Promise<void> SocketStream::write(const void* buffer, size_t size) {
  const char* from = static_cast<const char*>(buffer);
  while (size > 0) {
    const ssize_t sent = ::send(fd_, from, size, MSG_NOSIGNAL);
    if (sent < 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (!wouldBlock(error)) return socketError("send", error);
      return observer_.whenBecomesWritable().then(
          [this, from, size]() { return write(from, size); });
    }
    from += sent;
    size -= static_cast<size_t>(sent);
  }
  return kj::READY_NOW;
}

kj::Promise<void> SocketStream::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  if (pieces.size() == 0) return kj::READY_NOW;
  auto first = write(pieces[0].begin(), pieces[0].size());
  return first.then([this, rest = pieces.slice(1, pieces.size())]() { return write(rest); });
}

kj::Promise<void> SocketStream::whenWriteDisconnected() {
  return observer_.whenWriteDisconnected();
}

void SocketStream::shutdownWrite() {
  ::shutdown(fd_, SHUT_WR);
}

void SocketStream::abortRead() {
  ::shutdown(fd_, SHUT_RD);
}

void SocketStream::getsockopt(int level, int option, void* value, unsigned* length) {
  socklen_t size = *length;
  KJ_SYSCALL(::getsockopt(fd_, level, option, value, &size));
  *length = size;
}

void SocketStream::setsockopt(int level, int option, const void* value, unsigned length) {
  KJ_SYSCALL(::setsockopt(fd_, level, option, value, length));
}

void keepAlive(int fd) {
  const auto set = [fd](int level, int option, int value) {
    // Not all sockets have it: those within a machine need none.
    static_cast<void>(::setsockopt(fd, level, option, &value, sizeof(value)));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveEverySeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveQuestions);
}

kj::Own<kj::AsyncIoStream> adoptSocket(kj::UnixEventPort& port, kj::Own<kj::AsyncIoStream> stream) {
  KJ_IF_MAYBE (fd, stream->getFd()) {
    int copy;
    KJ_SYSCALL(copy = ::fcntl(*fd, F_DUPFD_CLOEXEC, 0));
    keepAlive(copy);
    return kj::heap<SocketStream>(port, kj::AutoCloseFd(copy));
  }
  return stream;
}

}  // namespace facet
