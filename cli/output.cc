#include "cli/output.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include "cli/exit_code.h"

namespace facet {
namespace {

/// The reader, such as `head`, has seen enough: the end that any program has then. (KJ ignores the
/// signal.)
void endSilently() {
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
}

}  // namespace

void Output::flush() {
  const size_t written = std::fwrite(buffer_.data(), 1, buffer_.size(), file_);
  if (written != buffer_.size() || std::fflush(file_) != 0) {
    if (errno == EPIPE) endSilently();
    throw Failure(ExitCode::failed, std::string("can't write the output: ") + std::strerror(errno));
  }
  buffer_.clear();
}

}  // namespace facet
