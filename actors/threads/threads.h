// Threads that the system may refuse: then whoever starts one is told in a sentence, and what was
// begun ends in order. Thread: any.
#pragma once

#include <functional>
#include <thread>

namespace facet {

/// Throws std::runtime_error: there can be no thread more.
std::thread startThread(std::function<void()> run);

/// That so many can be had at once, beside those that there are. For libraries that end the process
/// where they get none. Throws as startThread.
void requireThreads(unsigned count);

}  // namespace facet
