#include "tests/system/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {  // which glibc 2.36 leaves to us
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace facet::system_test {
namespace {

[[noreturn]] void fail(const std::string& call) {
  throw std::runtime_error(call + ": " + std::strerror(errno));
}

int check(int result, const char* call) {
  if (result < 0) fail(call);
  return result;
}

/// A file without a name, with the text in it.
Descriptor memoryFile(const std::string& text) {
  Descriptor file(check(::memfd_create("facet-test", MFD_CLOEXEC), "memfd_create"));
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(file.get(), text.data() + written, text.size() - written);
    written += static_cast<size_t>(check(static_cast<int>(n), "write"));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

/// True: there is something to read at the descriptor; false: the deadline has come.
bool waitFor(int fd, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("poll");
  }
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Process::Process(const std::vector<std::string>& command, const std::string& input)
    : errors_(memoryFile("")) {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe2");
  output_ = Descriptor(ends[0]);
  const Descriptor writing(ends[1]);
  const Descriptor given = memoryFile(input);
  start(command, given.get(), writing.get());
}

void Process::start(const std::vector<std::string>& command, int input, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = check(::fork(), "fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors_.get(), STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  handle_ = Descriptor(check(::pidfd_open(pid_, 0), "pidfd_open"));
}

Process::~Process() {
  if (handle_.get() < 0 || code_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::readMore(Clock::time_point deadline) {
  if (ended_ || !waitFor(output_.get(), deadline)) return false;
  char bytes[16384];
  const ssize_t n = ::read(output_.get(), bytes, sizeof(bytes));
  read_.append(bytes, static_cast<size_t>(check(static_cast<int>(n), "read")));
  ended_ = n == 0;
  return !ended_;
}

std::optional<std::string> Process::readLine(Clock::time_point deadline) {
  size_t end = read_.find('\n');
  while (end == std::string::npos) {
    if (!readMore(deadline)) return std::nullopt;
    end = read_.find('\n');
  }
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return line;
}

std::string Process::readAll() {
  const auto deadline = Clock::now() + kPatience;
  while (readMore(deadline)) {
  }
  if (!ended_) throw std::runtime_error("a program goes on writing for too long: " + errors());
  return std::exchange(read_, {});
}

void Process::signal(int number) {
  if (!code_) check(::kill(pid_, number), "kill");
}

int Process::wait() {
  if (code_) return *code_;
  if (!waitFor(handle_.get(), Clock::now() + kPatience)) {
    throw std::runtime_error("a program goes on for too long: " + errors());
  }
  int status = 0;
  check(::waitpid(pid_, &status, 0), "waitpid");
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *code_;
}

std::string Process::errors() const {
  std::string text;
  char bytes[4096];
  off_t at = 0;
  for (ssize_t n = 0; (n = ::pread(errors_.get(), bytes, sizeof(bytes), at)) > 0; at += n) {
    text.append(bytes, static_cast<size_t>(n));
  }
  return text;
}

}  // namespace facet::system_test
