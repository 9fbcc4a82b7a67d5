// Listening sockets: host:port, [v6]:port or unix:/path. Thread: belongs to whoever opens it.
#pragma once

#include <kj/io.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace facet {

/// The address is wrong, or can't be listened on; what() says why and what to do.
class ListenError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Exposure : uint8_t {
  loopback,  // other machines can't connect
  any,       // --insecure
};

class Listener {
 public:
  /// Takes the address; port 0: any free one. A socket file that nobody listens on, or is going to
  /// (who has PATH.lock locked), is replaced. Throws ListenError.
  Listener(std::string_view address, Exposure exposure);
  /// From here on clients can connect; before they are refused.
  void start();
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener(const Listener&) = delete;

  int fd() const { return fd_; }
  /// What clients connect to: with the port that it has now.
  const std::string& address() const { return address_; }

 private:
  void bindPath(std::string_view path);
  void lockPath(const std::string& path);
  bool isOwn() const;
  void bindPort(std::string_view host, std::string_view port, Exposure exposure);

  kj::AutoCloseFd fd_;
  std::string address_;
  std::string path_;      // of the socket file
  kj::AutoCloseFd lock_;  // of PATH.lock
  uint64_t device_ = 0;   // the socket file is this one
  uint64_t inode_ = 0;
};

}  // namespace facet
