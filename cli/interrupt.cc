#include "cli/interrupt.h"

#include <kj/debug.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>

namespace facet {
namespace {

// For the signal's handler.
std::atomic<bool> interrupted{false};
std::atomic<int> wakeUpFd{-1};

void handle(int) {
  interrupted = true;
  const uint64_t one = 1;
  static_cast<void>(!::write(wakeUpFd, &one, sizeof(one)));
}

kj::AutoCloseFd newEvent() {
  int fd;
  KJ_SYSCALL(fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return kj::AutoCloseFd(fd);
}

}  // namespace

Interrupt::Interrupt(kj::UnixEventPort& port)
    : wakeUp_(newEvent()), observer_(port, wakeUp_, kj::UnixEventPort::FdObserver::OBSERVE_READ) {
  interrupted = false;
  wakeUpFd = wakeUp_.get();
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);  // the next one ends the program
  ::sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGINT, &action, nullptr);
}

bool Interrupt::asked() const {
  return interrupted;
}

kj::Promise<void> Interrupt::whenAsked() {
  if (asked()) return kj::READY_NOW;
  return observer_.whenBecomesReadable();
}

}  // namespace facet
