#include "bench/connections.h"

#include <kj/debug.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <ctime>

namespace facet {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

kj::AutoCloseFd newTimer() {
  int fd = -1;
  KJ_SYSCALL(fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  return kj::AutoCloseFd(fd);
}

kj::AsyncIoContext newLoop() {
  kj::UnixEventPort::captureSignal(SIGINT);
  kj::UnixEventPort::captureSignal(SIGTERM);
  return kj::setupAsyncIo();
}

}  // namespace

MachineClock::MachineClock(kj::UnixEventPort& port)
    : timer_(newTimer()), observer_(port, timer_, kj::UnixEventPort::FdObserver::OBSERVE_READ) {}

uint64_t MachineClock::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

kj::Promise<void> MachineClock::until(uint64_t at) {
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(at / kSecond);
  when.it_value.tv_nsec = static_cast<long>(at % kSecond);
  KJ_SYSCALL(timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr));
  return observer_.whenBecomesReadable().then([this]() {
    uint64_t expirations = 0;
    KJ_NONBLOCKING_SYSCALL(::read(timer_, &expirations, sizeof(expirations)));
  });
}

Connections::Connections(const std::string& address, unsigned count)
    : io_(newLoop()), clock_(io_.unixEventPort) {
  for (unsigned i = 0; i < count; ++i) {
    ClientOptions options;
    options.addresses.push_back(address);
    clients_.push_back(wait(AsyncClient::connect(io_, std::move(options))));
  }
}

kj::Exception Connections::interruption() {
  return KJ_EXCEPTION(FAILED, "interrupted");
}

}  // namespace facet
