#include "server/door.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "rpc/socket_stream.h"
#include "server/limits.h"

namespace facet {
namespace {

/// The peer gave up, or a signal came: the next one may be fine.
bool isPassing(int error) {
  return error == EINTR || error == ECONNABORTED || error == EPROTO || error == ENETDOWN ||
         error == EHOSTUNREACH || error == ENETUNREACH || error == EPERM || error == ECONNRESET;
}

void tune(int socket) {
  const int on = 1;
  // Fails on unix sockets, which do not need it.
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  keepAlive(socket);
}

}  // namespace

struct Door::Entrance {
  Entrance(kj::UnixEventPort& port, Listener open)
      : listener(std::move(open)),
        observer(port, listener.fd(), kj::UnixEventPort::FdObserver::OBSERVE_READ) {}
  Listener listener;
  kj::UnixEventPort::FdObserver observer;
  int error = 0;  // that stands in the way just now; said once
  kj::Promise<void> accepting = nullptr;
};

/// A connection in the door's list.
class Door::Admitted {
 public:
  Admitted(Door& door, kj::AutoCloseFd socket)
      : connection(door.thread_, door.port_, kj::mv(socket)),
        door_(door),
        at_(door.connections_.insert(door.connections_.end(), this)) {
    ++door.thread_.connections;
  }
  ~Admitted() noexcept(false) {
    door_.connections_.erase(at_);
    --door_.thread_.connections;
  }
  KJ_DISALLOW_COPY(Admitted);

  Connection connection;

 private:
  Door& door_;
  Entries::iterator at_;
};

Door::Door(RpcThread& thread, kj::UnixEventPort& port, size_t maxConnections)
    : thread_(thread),
      port_(port),
      maxConnections_(maxConnections),
      tasks_(*this),
      sweeper_(sweep().eagerlyEvaluate(nullptr)) {}

Door::~Door() noexcept(false) = default;

void Door::open(Listener listener) {
  auto& entrance = *entrances_.emplace_back(std::make_unique<Entrance>(port_, std::move(listener)));
  entrance.listener.start();
  entrance.accepting = acceptAll(entrance).eagerlyEvaluate(nullptr);
}

void Door::close() {
  entrances_.clear();
}

kj::Promise<void> Door::pause(Entrance& entrance, int milliseconds) {
  return thread_.timer().afterDelay(milliseconds * kj::MILLISECONDS).then([this, &entrance]() {
    return acceptAll(entrance);
  });
}

kj::Promise<void> Door::acceptAll(Entrance& entrance) {
  for (int taken = 0; taken < kAcceptsPerTurn; ++taken) {
    const int fd =
        ::accept4(entrance.listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      entrance.error = 0;
      admit(kj::AutoCloseFd(fd));
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      return entrance.observer.whenBecomesReadable().then(
          [this, &entrance]() { return acceptAll(entrance); });
    }
    if (isPassing(error)) continue;
    // Out of descriptors or memory: those who are connected go on, and some of it comes back.
    if (entrance.error != error) {
      spdlog::warn("accept on {}: {}", entrance.listener.address(), std::strerror(error));
    }
    entrance.error = error;
    return pause(entrance, kAcceptBackOffMs);
  }
  return pause(entrance, 0);
}

void Door::admit(kj::AutoCloseFd socket) {
  tune(socket);
  if (connections_.size() >= maxConnections_ && !makeRoom()) return;  // the socket closes
  KJ_IF_MAYBE (reason, kj::runCatchingExceptions([&] {
                 auto admitted = kj::heap<Admitted>(*this, kj::mv(socket));
                 auto gone = admitted->connection.onDisconnect();
                 tasks_.add(gone.attach(kj::mv(admitted)));
               })) {
    taskFailed(kj::mv(*reason));
  }
}

/// The oldest connection that has not logged in goes. False: all have.
bool Door::makeRoom() {
  const auto stranger =
      std::find_if(connections_.begin(), connections_.end(), [](const Admitted* admitted) {
        return !admitted->connection.loggedIn() && !admitted->connection.isCutOff();
      });
  if (stranger == connections_.end()) return false;
  (*stranger)->connection.cutOff("the node has as many connections as it can have");
  return true;
}

kj::Promise<void> Door::sweep() {
  return thread_.timer().afterDelay(kSweepMs * kj::MILLISECONDS).then([this]() {
    const kj::TimePoint now = thread_.timer().now();
    for (Admitted* admitted : connections_) {
      if (const char* why = admitted->connection.overdue(now)) admitted->connection.cutOff(why);
    }
    easeMemory(now);
    return sweep();
  });
}

/// Where memory is tight, those who hold most of it for nothing go; then kept scans that have much.
void Door::easeMemory(kj::TimePoint now) {
  ClientMemory& memory = thread_.memory();
  if (!memory.tight()) return;
  std::vector<Connection*> inTheWay;
  for (Admitted* admitted : connections_) {
    Connection& connection = admitted->connection;
    if (!connection.isCutOff() && connection.isInTheWay(now)) inTheWay.push_back(&connection);
  }
  std::sort(inTheWay.begin(), inTheWay.end(), [](const Connection* a, const Connection* b) {
    return a->memoryUsed() > b->memoryUsed();
  });
  uint64_t freed = 0;  // soon: they give it back when they are gone
  for (Connection* connection : inTheWay) {
    if (!memory.tight(freed)) return;
    freed += connection->memoryUsed();
    connection->cutOff(
        "it keeps memory from others: it does not read, or stopped inside a message");
  }
  if (freed > 0) return;  // the next look sees whether that was enough
  while (memory.tight() && thread_.cursors().dropLargest()) {
  }
}

kj::Promise<void> Door::drain(kj::TimePoint deadline) {
  const bool idle = thread_.reads().idle() && std::all_of(connections_.begin(), connections_.end(),
                                                          [](const Admitted* admitted) {
                                                            return admitted->connection.isIdle();
                                                          });
  if (idle || thread_.timer().now() >= deadline) return kj::READY_NOW;
  return thread_.timer().afterDelay(1 * kj::MILLISECONDS).then([this, deadline]() {
    return drain(deadline);
  });
}

void Door::taskFailed(kj::Exception&& exception) {
  spdlog::warn("connection: {}", exception.getDescription().cStr());
}

size_t connectionLimit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return kMaxConnections;
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 2 * (kMaxConnections + kReservedDescriptors));
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < kReservedDescriptors + kLeastConnections) {
    throw ListenError(fmt::format("the process may open {} files (ulimit -n), and needs {}",
                                  files.rlim_cur, kReservedDescriptors + kLeastConnections));
  }
  return std::min<size_t>(kMaxConnections, files.rlim_cur - kReservedDescriptors);
}

}  // namespace facet
