// Connections: an event loop with clients of one server, and the clock that paces a load. One
// thread drives all of them: it shares the machine with the server, and one loop costs the least.
// Thread: belongs to its creator.
#pragma once

#include <kj/async-io.h>
#include <kj/async-unix.h>

#include <string>
#include <vector>

#include "bench/load_loop.h"
#include "client/client.h"

namespace facet {

/// The machine's clock. Timers are finer than the event loop's own, which are of milliseconds.
class MachineClock final : public LoadClock {
 public:
  explicit MachineClock(kj::UnixEventPort& port);
  KJ_DISALLOW_COPY(MachineClock);
  uint64_t now() override;
  /// One at a time.
  kj::Promise<void> until(uint64_t at) override;

 private:
  kj::AutoCloseFd timer_;
  kj::UnixEventPort::FdObserver observer_;
};

class Connections {
 public:
  /// Throws ClientError if nobody is at the address.
  Connections(const std::string& address, unsigned count);
  KJ_DISALLOW_COPY(Connections);

  unsigned size() const { return static_cast<unsigned>(clients_.size()); }
  AsyncClient& operator[](size_t i) { return *clients_[i]; }
  LoadClock& clock() { return clock_; }

  /// Runs the loop until the promise is there. Ctrl-C ends it with an exception, so that what was
  /// started is stopped.
  template <typename T>
  T wait(kj::Promise<T> promise) {
    auto interrupted =
        io_.unixEventPort.onSignal(SIGINT).exclusiveJoin(io_.unixEventPort.onSignal(SIGTERM));
    auto ended = interrupted.then([](siginfo_t&&) -> kj::Promise<T> { return interruption(); });
    return promise.exclusiveJoin(kj::mv(ended)).wait(io_.waitScope);
  }

 private:
  static kj::Exception interruption();

  kj::AsyncIoContext io_;
  MachineClock clock_;
  std::vector<kj::Own<AsyncClient>> clients_;
};

}  // namespace facet
