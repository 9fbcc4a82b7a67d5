#include "cli/output.h"

#include <cerrno>
#include <cstring>

#include "cli/exit_code.h"

namespace facet {

void Output::flush() {
  const size_t written = std::fwrite(buffer_.data(), 1, buffer_.size(), file_);
  if (written != buffer_.size() || std::fflush(file_) != 0) {
    throw Failure(ExitCode::failed, std::string("can't write the output: ") + std::strerror(errno));
  }
  buffer_.clear();
}

}  // namespace facet
