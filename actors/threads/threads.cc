#include "actors/threads/threads.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace facet {

std::thread startThread(std::function<void()> run) {
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error& error) {
    throw std::runtime_error(
        fmt::format("can't start a thread: {}; the system's limit of threads or of memory is "
                    "reached (ulimit -u, pids.max of the container): raise it, or give fewer "
                    "--threads",
                    error.code().message()));
  }
}

void requireThreads(unsigned count) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::vector<std::thread> threads;
  const auto end = [&] {
    {
      const std::lock_guard lock(mutex);
      done = true;
    }
    changed.notify_all();
    for (std::thread& thread : threads) thread.join();
  };
  try {
    for (unsigned i = 0; i < count; ++i) {
      threads.push_back(startThread([&] {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return done; });
      }));
    }
  } catch (...) {
    end();
    throw;
  }
  end();
}

}  // namespace facet
