#include "server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

namespace facet {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr const char* kLock = ".lock";

/// Connections that the kernel may hold until they are accepted: a burst of a whole pool.
constexpr int kBacklog = 4'096;

[[noreturn]] void fail(std::string_view address, std::string_view call) {
  throw ListenError(fmt::format("can't listen on {}: {}: {}", address, call, std::strerror(errno)));
}

kj::AutoCloseFd openSocket(int family, std::string_view address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(address, "socket");
  return kj::AutoCloseFd(fd);
}

bool isLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof(in));
    return ntohl(in.sin_addr.s_addr) >> 24 == 127;
  }
  sockaddr_in6 in;
  std::memcpy(&in, address, sizeof(in));
  return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
}

std::string printAddress(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  auto* address = reinterpret_cast<sockaddr*>(&name);
  if (::getsockname(fd, address, &size) != 0 ||
      ::getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    fail("the socket", "getsockname");
  }
  return name.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                    : fmt::format("{}:{}", host, port);
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const std::string& host, const std::string& port, std::string_view address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    throw ListenError(fmt::format("can't listen on {}: {}", address, ::gai_strerror(error)));
  }
  return {found, &::freeaddrinfo};
}

/// Whether somebody accepts connections at the path.
bool isServed(const sockaddr_un& name) {
  const kj::AutoCloseFd probe = openSocket(AF_UNIX, name.sun_path);
  return ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 ||
         errno == EAGAIN;
}

}  // namespace

Listener::Listener(std::string_view address, Exposure exposure) : address_(address) {
  if (address.substr(0, kUnix.size()) == kUnix) {
    bindPath(address.substr(kUnix.size()));
    return;
  }
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == address.size()) {
    throw ListenError(fmt::format("\"{}\" is no address: write host:port, or unix:/path", address));
  }
  std::string_view host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  bindPort(host, address.substr(colon + 1), exposure);
}

Listener::Listener(Listener&& other) noexcept
    : fd_(kj::mv(other.fd_)),
      address_(std::move(other.address_)),
      path_(std::move(other.path_)),
      lock_(kj::mv(other.lock_)),
      device_(other.device_),
      inode_(other.inode_) {
  other.path_.clear();
}

Listener::~Listener() {
  if (path_.empty()) return;
  if (isOwn()) ::unlink(path_.c_str());
  // While it is held: whoever has opened it already, and locks it next, finds it gone.
  ::unlink((path_ + kLock).c_str());
}

/// Somebody may have removed the socket file, and made another.
bool Listener::isOwn() const {
  struct stat there {};
  return ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_;
}

/// Held until the end: a server that recovers has bound its socket and does not listen yet, so that
/// nobody can tell it from what a server that was killed has left.
void Listener::lockPath(const std::string& path) {
  const std::string file = path + kLock;
  for (bool held = false; !held;) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0) fail(address_, "open its .lock");
    lock_ = kj::AutoCloseFd(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) fail(address_, "lock its .lock");
      throw ListenError(fmt::format("can't listen on {}: another process does", address_));
    }
    struct stat opened {};
    struct stat there {};
    held = ::fstat(fd, &opened) == 0 && ::stat(file.c_str(), &there) == 0 &&
           opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
  }
}

void Listener::start() {
  if (::listen(fd_, kBacklog) != 0) fail(address_, "listen");
}

void Listener::bindPath(std::string_view path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    throw ListenError(fmt::format("the path of {} must have 1 to {} characters", address_,
                                  sizeof(name.sun_path) - 1));
  }
  path.copy(name.sun_path, path.size());
  struct stat there {};
  const bool exists = ::lstat(name.sun_path, &there) == 0;
  if (!exists || S_ISSOCK(there.st_mode)) lockPath(name.sun_path);
  if (exists) {
    if (!S_ISSOCK(there.st_mode)) {
      throw ListenError(
          fmt::format("can't listen on {}: the path is taken, and not by a socket; "
                      "name another",
                      address_));
    }
    // One of an older version of facet, which does not lock, or of another program.
    if (isServed(name)) {
      throw ListenError(fmt::format("can't listen on {}: another process does", address_));
    }
    if (errno == ECONNREFUSED) ::unlink(name.sun_path);
  }
  fd_ = openSocket(AF_UNIX, address_);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
    fail(address_, "bind");
  }
  if (::lstat(name.sun_path, &there) != 0) fail(address_, "look at the socket");
  device_ = there.st_dev;
  inode_ = there.st_ino;
  path_ = path;
}

void Listener::bindPort(std::string_view host, std::string_view port, Exposure exposure) {
  // The resolver takes any number, and binds what is left of it in 16 bits.
  unsigned number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool isNumber = parsed.ec == std::errc() && parsed.ptr == port.data() + port.size();
  if (isNumber && number > UINT16_MAX) {
    throw ListenError(fmt::format("\"{}\" is no address: a port is at most 65535", address_));
  }
  const AddressList found = resolve(std::string(host), std::string(port), address_);
  const addrinfo* chosen = found.get();
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET) {
      chosen = at;
      break;
    }
  }
  if (exposure == Exposure::loopback && !isLoopback(chosen->ai_addr)) {
    throw ListenError(fmt::format(
        "{} can be reached from other machines, and facet has no users configured: listen on "
        "127.0.0.1 or unix:/path, or say --insecure",
        address_));
  }
  fd_ = openSocket(chosen->ai_family, address_);
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(fd_, chosen->ai_addr, chosen->ai_addrlen) != 0) fail(address_, "bind");
  address_ = printAddress(fd_);
}

}  // namespace facet
