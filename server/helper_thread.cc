#include "server/helper_thread.h"

#include <unistd.h>

#include <utility>

#include "actors/threads/threads.h"
#include "server/wake_up.h"
#include "values/assert.h"

namespace facet {

HelperThread::HelperThread(kj::UnixEventPort& port, std::function<void()> call)
    : event_(newEventFd()),
      observer_(port, event_, kj::UnixEventPort::FdObserver::OBSERVE_READ),
      ended_(observer_.whenBecomesReadable()) {
  thread_ = startThread([this, call = std::move(call)]() { run(call); });
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
