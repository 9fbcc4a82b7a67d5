#include "server/helper_thread.h"

#include <unistd.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "server/wake_up.h"
#include "values/assert.h"

namespace facet {

HelperThread::HelperThread(kj::UnixEventPort& port, std::function<void()> call)
    : event_(newEventFd()),
      observer_(port, event_, kj::UnixEventPort::FdObserver::OBSERVE_READ),
      ended_(observer_.whenBecomesReadable()) {
  try {
    thread_ = std::thread([this, call = std::move(call)]() { run(call); });
  } catch (const std::system_error& error) {
    throw std::runtime_error(std::string("can't start a thread: ") + error.code().message() +
                             "; the system's limit of threads or of memory is reached");
  }
}

void HelperThread::run(const std::function<void()>& call) {
  try {
    call();
  } catch (...) {
    thrown_ = std::current_exception();
  }
  const uint64_t one = 1;
  const ssize_t written = ::write(event_, &one, sizeof(one));
  FACET_ASSERT(written == sizeof(one), written);
}

HelperThread::~HelperThread() {
  if (thread_.joinable()) thread_.join();
}

kj::Promise<void> HelperThread::ended() {
  return kj::mv(ended_);
}

std::exception_ptr HelperThread::thrown() {
  if (thread_.joinable()) thread_.join();
  return thrown_;
}

}  // namespace facet
