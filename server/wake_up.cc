#include "server/wake_up.h"

#include <kj/debug.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "values/assert.h"

namespace facet {

int newEventFd() {
  int fd;
  KJ_SYSCALL(fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return fd;
}

WakeUp::WakeUp(kj::UnixEventPort& port, std::function<void()> onWoken)
    : onWoken_(std::move(onWoken)),
      event_(newEventFd()),
      observer_(port, event_, kj::UnixEventPort::FdObserver::OBSERVE_READ),
      running_(run().eagerlyEvaluate(nullptr)) {}

void WakeUp::wake() {
  if (woken_.exchange(true)) return;
  const uint64_t one = 1;
  const ssize_t written = ::write(event_, &one, sizeof(one));
  FACET_ASSERT(written == sizeof(one), written);
}

kj::Promise<void> WakeUp::run() {
  return observer_.whenBecomesReadable().then([this]() {
    // Asked for before the work is done, so that no edge is lost.
    auto next = run();
    woken_ = false;
    onWoken_();
    return next;
  });
}

}  // namespace facet
