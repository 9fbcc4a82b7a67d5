// OwnServer: `facet serve` as a child process, on a socket in a folder of its own; it ends with its
// owner, or with this process. To be started before there are other threads. Thread: belongs to its
// owner.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/temporary_folder.h"

namespace facet {

struct OwnServerOptions {
  std::filesystem::path model;         // empty: the benchmarks' own
  std::filesystem::path parent;        // where its data go; empty: the system's temporary files
  std::vector<std::string> arguments;  // further ones of `facet serve`
};

class OwnServer {
 public:
  /// Returns when it is ready. Throws std::runtime_error if it ends before, or takes a minute.
  explicit OwnServer(const OwnServerOptions& options);
  ~OwnServer();
  OwnServer(const OwnServer&) = delete;

  /// Stops it as an operator does, and starts it on the same data. Returns the nanoseconds from its
  /// start until it was ready. Throws as the constructor does.
  uint64_t restart();

  const std::string& address() const { return address_; }
  pid_t process() const { return process_; }

 private:
  void start();
  void awaitReady();
  void stop();
  bool endsWithin(int milliseconds);

  TemporaryFolder folder_;
  std::string address_;
  std::vector<std::string> command_;
  pid_t process_ = -1;
  int output_ = -1;  // its stdout
};

}  // namespace facet
