#include "cli/wait_notice.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "cli/limits.h"

namespace facet {
namespace {

void printToPeople(const std::string& line) {
  // A progress line may be there.
  fmt::print(stderr, "{}{}\n", ::isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : "", line);
}

}  // namespace

WaitNotice::WaitNotice(std::function<void(const std::string& line)> print,
                       std::function<Clock::time_point()> now)
    : print_(print ? std::move(print) : printToPeople), now_(std::move(now)) {}

void WaitNotice::waiting(const std::string& why) {
  const Clock::time_point now = now_();
  if (!since_) since_ = now;
  if (now - *since_ < kSilentWait) return;
  if (told_ && (*told_ >= *since_ || now - *told_ < kNoticeEvery)) return;
  told_ = now;
  print_(fmt::format("waiting, and trying again: {}", why));
}

}  // namespace facet
