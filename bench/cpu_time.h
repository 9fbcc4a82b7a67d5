// CPU time of processes. Thread: pure functions.
#pragma once

#include <sys/types.h>

#include <optional>

namespace facet {

/// Seconds, user and system, of this process.
double ownCpuSeconds();
/// Of another one, to a hundredth or so; nothing if it can't be seen.
std::optional<double> cpuSecondsOf(pid_t process);

}  // namespace facet
