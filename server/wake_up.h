// WakeUp: lets other threads wake an event loop. However often it is told before the loop comes to
// it, the loop is woken once. Thread: wake by any; everything else by the loop's.
#pragma once

#include <kj/async-unix.h>
#include <kj/io.h>

#include <atomic>
#include <functional>

namespace facet {

/// An eventfd that does not block; throws kj::Exception.
int newEventFd();

class WakeUp {
 public:
  WakeUp(kj::UnixEventPort& port, std::function<void()> onWoken);

  void wake();

 private:
  kj::Promise<void> run();

  std::function<void()> onWoken_;
  std::atomic<bool> woken_{false};
  kj::AutoCloseFd event_;  // an eventfd that nobody reads: each write is a new edge for epoll
  kj::UnixEventPort::FdObserver observer_;
  kj::Promise<void> running_;
};

}  // namespace facet
