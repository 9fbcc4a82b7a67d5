#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/limits.h"

namespace facet {

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) != 0), next_(Clock::now()) {}

void ProgressLine::show(const std::function<std::string()>& text) {
  const Clock::time_point now = Clock::now();
  if (!terminal_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(kProgressMs);
  shown_ = true;
  fmt::print(stderr, "\r{}\033[K", text());
  std::fflush(stderr);
}

void ProgressLine::end() {
  if (shown_) fmt::print(stderr, "\n");
  shown_ = false;
}

}  // namespace facet
