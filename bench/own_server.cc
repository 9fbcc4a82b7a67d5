#include "bench/own_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "bench/embedded_model.h"

namespace facet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReadyMs = 60'000;
constexpr int kStopMs = 6'000;  // `facet serve` promises 5 s
constexpr int kLookMs = 10;

[[noreturn]] void failed(const std::string& what) {
  throw std::runtime_error(what);
}

[[noreturn]] void failedCall(const char* call) {
  failed(fmt::format("can't start a server: {}: {}", call, std::strerror(errno)));
}

/// In the child: only what is allowed between fork and exec.
[[noreturn]] void becomeServer(char* const* arguments, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() == parent && ::dup2(output, STDOUT_FILENO) >= 0) {
    ::execv("/proc/self/exe", arguments);
  }
  ::_exit(127);
}

}  // namespace

OwnServer::OwnServer(const OwnServerOptions& options)
    : folder_(options.parent), address_("unix:" + (folder_.path() / "socket").string()) {
  std::filesystem::path model = options.model;
  if (model.empty()) {
    model = folder_.path() / "model";
    writeBenchModel(model);
  }
  command_ = {"facet",        "serve",  "--model",
              model.string(), "--data", (folder_.path() / "data").string(),
              "--listen",     address_};
  command_.insert(command_.end(), options.arguments.begin(), options.arguments.end());
  start();
}

uint64_t OwnServer::restart() {
  stop();
  const auto began = Clock::now();
  start();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count());
}

OwnServer::~OwnServer() {
  stop();
}

void OwnServer::start() {
  std::vector<char*> arguments;
  arguments.reserve(command_.size() + 1);
  for (const std::string& argument : command_) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) failedCall("pipe");
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) becomeServer(arguments.data(), ends[1], parent);
  ::close(ends[1]);
  output_ = ends[0];
  if (process_ < 0) {
    ::close(output_);
    failedCall("fork");
  }
  try {
    awaitReady();
  } catch (...) {
    stop();
    throw;
  }
}

void OwnServer::awaitReady() {
  const auto deadline = Clock::now() + std::chrono::milliseconds(kReadyMs);
  std::string seen;
  while (seen.find('\n') == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{output_, POLLIN, 0};
    if (left <= 0) failed("the server was not ready in time");
    const int events = ::poll(&readable, 1, static_cast<int>(left));
    if (events == 0 || (events < 0 && errno == EINTR)) continue;
    char buffer[512];
    const ssize_t got = ::read(output_, buffer, sizeof(buffer));
    if (got <= 0) failed("the server ended before it was ready; it said why above");
    seen.append(buffer, static_cast<size_t>(got));
  }
  if (seen.rfind("ready", 0) != 0) failed("the server did not say that it is ready: " + seen);
}

bool OwnServer::endsWithin(int milliseconds) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(milliseconds);
  while (true) {
    const pid_t ended = ::waitpid(process_, nullptr, WNOHANG);
    if (ended == process_ || (ended < 0 && errno == ECHILD)) return true;
    if (Clock::now() >= deadline) return false;
    ::poll(nullptr, 0, kLookMs);
  }
}

void OwnServer::stop() {
  if (process_ <= 0) return;
  ::kill(process_, SIGTERM);
  if (!endsWithin(kStopMs)) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_);
  process_ = -1;
}

}  // namespace facet
