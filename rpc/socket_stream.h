// SocketStream: a connected stream socket as KJ's AsyncIoStream, with one system call less for each
// wake-up than KJ's own: a read that got less than it asked for knows that the socket is empty, and
// waits without asking again. Thread: belongs to its event loop.
#pragma once

#include <kj/async-io.h>
#include <kj/async-unix.h>
#include <kj/io.h>

#include "rpc/kj_interfaces.h"

namespace facet {

class SocketStream final : public kj::AsyncIoStream {
 public:
  /// `fd` must not block.
  SocketStream(kj::UnixEventPort& port, kj::AutoCloseFd fd);

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override;
  kj::Promise<void> write(const void* buffer, size_t size) override;
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
  kj::Promise<void> whenWriteDisconnected() override;
  void shutdownWrite() override;
  void abortRead() override;
  void getsockopt(int level, int option, void* value, unsigned* length) override;
  void setsockopt(int level, int option, const void* value, unsigned length) override;
  kj::Maybe<int> getFd() const override { return fd_.get(); }

 private:
  kj::Promise<size_t> readMore(char* to, size_t minBytes, size_t maxBytes, size_t before);

  kj::AutoCloseFd fd_;
  kj::UnixEventPort::FdObserver observer_;
  kj::Maybe<kj::Promise<void>>
      readable_;  // set: the socket was empty; asked for at once, so that no edge is lost
};

/// Has the system look now and then whether the machine at the other end of a TCP connection is
/// still there; nothing for other sockets.
void keepAlive(int fd);

/// The socket of a stream of KJ's, as one of ours, which keepAlive() looks after: for connections
/// that KJ's network made.
kj::Own<kj::AsyncIoStream> adoptSocket(kj::UnixEventPort& port, kj::Own<kj::AsyncIoStream> stream);

}  // namespace facet
