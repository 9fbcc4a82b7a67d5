// A child process, as tests use it: started, read line by line, killed, waited for. Owned by one
// thread. No wait is without an end: after kPatience it throws. A child dies with the test program.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace facet::system_test {

/// Far beyond anything that goes well, on a machine that has other work; below CTest's own limit.
constexpr std::chrono::seconds kPatience{60};

using Clock = std::chrono::steady_clock;

/// A descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

class Process {
 public:
  /// Starts the program; its stdout is read by readLine(), its stderr is kept for errors(), and its
  /// stdin is `input`.
  explicit Process(const std::vector<std::string>& command, const std::string& input = {});
  Process(Process&&) = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Kills what still runs.
  ~Process();

  /// The next line of its stdout; nothing if that has ended, or at the deadline.
  std::optional<std::string> readLine(Clock::time_point deadline = Clock::now() + kPatience);
  /// The rest of its stdout.
  std::string readAll();
  /// True: its stdout has ended.
  bool ended() const { return ended_; }

  pid_t id() const { return pid_; }
  void signal(int number);
  /// Its exit code; 128 + the signal that ended it.
  int wait();
  /// What it has written to stderr so far.
  std::string errors() const;

 private:
  void start(const std::vector<std::string>& command, int input, int output);
  /// False: it has ended, or the deadline has come.
  bool readMore(Clock::time_point deadline);

  pid_t pid_ = -1;
  Descriptor handle_;
  Descriptor output_;
  Descriptor errors_;
  std::string read_;  // and not yet taken
  bool ended_ = false;
  std::optional<int> code_;
};

/// A program that has ended.
struct Ended {
  int code = 0;
  std::string out;
  std::string errors;
};

}  // namespace facet::system_test
