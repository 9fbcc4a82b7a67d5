// Door: accepts connections, and keeps them within the limits. Nothing that a client or the kernel
// does at accept ends it. Thread: belongs to its event loop.
#pragma once

#include <kj/async-unix.h>
#include <kj/async.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "server/connection.h"
#include "server/listener.h"

namespace facet {

class Door final : private kj::TaskSet::ErrorHandler {
 public:
  /// At most `maxConnections`: see connectionLimit().
  Door(RpcThread& thread, kj::UnixEventPort& port, size_t maxConnections);
  ~Door() noexcept(false);
  KJ_DISALLOW_COPY(Door);

  void open(Listener listener);
  /// Takes no new connections any more.
  void close();

  /// Resolves when all connections have their answers, or the time is over.
  kj::Promise<void> drain(kj::TimePoint deadline);

  size_t connections() const { return connections_.size(); }

 private:
  struct Entrance;
  class Admitted;
  using Entries = std::list<Admitted*>;  // the oldest first

  kj::Promise<void> acceptAll(Entrance& entrance);
  kj::Promise<void> pause(Entrance& entrance, int milliseconds);
  void admit(kj::AutoCloseFd socket);
  bool makeRoom();
  kj::Promise<void> sweep();
  void easeMemory(kj::TimePoint now);
  void taskFailed(kj::Exception&& exception) override;

  RpcThread& thread_;
  kj::UnixEventPort& port_;
  const size_t maxConnections_;
  Entries connections_;
  std::list<std::unique_ptr<Entrance>> entrances_;
  kj::TaskSet tasks_;  // one for each connection, which it owns
  kj::Promise<void> sweeper_;
};

/// kMaxConnections, or fewer if the process may not have so many descriptors; raises the soft limit
/// as far as it goes.
size_t connectionLimit();

}  // namespace facet
