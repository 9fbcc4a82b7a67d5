// What is done beside the service (snapshots, checks, rebuilding) takes what others leave of the
// machine. Thread: of whoever calls it.
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace facet {

inline void lowerThreadPriority() {
  constexpr int kNice = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
}

}  // namespace facet
