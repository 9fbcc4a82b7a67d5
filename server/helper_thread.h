// HelperThread: runs one blocking call (starting or stopping a node) beside the event loop, which
// goes on. Thread: belongs to its event loop; the call runs on a thread of its own.
#pragma once

#include <kj/async-unix.h>
#include <kj/io.h>

#include <exception>
#include <functional>
#include <thread>

namespace facet {

class HelperThread {
 public:
  /// Throws std::runtime_error, or kj::Exception, where there can be no thread or descriptor.
  HelperThread(kj::UnixEventPort& port, std::function<void()> call);
  /// Waits for the call to end.
  ~HelperThread();
  HelperThread(const HelperThread&) = delete;

  /// Resolves when the call has ended; once.
  kj::Promise<void> ended();
  /// What the call threw. After it ended.
  std::exception_ptr thrown();

 private:
  void run(const std::function<void()>& call);

  kj::AutoCloseFd event_;
  kj::UnixEventPort::FdObserver observer_;
  kj::Promise<void> ended_;
  std::exception_ptr thrown_;
  std::thread thread_;
};

}  // namespace facet
