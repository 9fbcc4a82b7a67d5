#include "cli/input_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/exit_code.h"
#include "cli/input_form.h"

namespace facet {
namespace {

/// Bytes that tell what a file is.
constexpr size_t kHead = 64;

}  // namespace

InputFile::InputFile(const std::string& path)
    : name_(path == "-" ? "stdin" : path),
      fd_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) {
    throw Failure(ExitCode::failed, "can't open " + name_ + ": " + std::strerror(errno));
  }
}

InputFile::~InputFile() {
  if (fd_ != STDIN_FILENO) ::close(fd_);
}

size_t InputFile::read(char* out, size_t size) {
  while (true) {
    const ssize_t got = ::read(fd_, out, size);
    if (got >= 0) {
      if (!looked_) checkForm({out, std::min(static_cast<size_t>(got), kHead)});
      looked_ = true;
      return static_cast<size_t>(got);
    }
    if (errno != EINTR) {
      throw Failure(ExitCode::failed, "can't read " + name_ + ": " + std::strerror(errno));
    }
  }
}

void InputFile::checkForm(std::string_view head) const {
  const std::string form = foreignForm(head);
  if (!form.empty()) throw Failure(ExitCode::failed, "can't read " + name_ + ": " + form);
}

bool InputFile::ready() const {
  pollfd waiting{fd_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) != 0;
}

}  // namespace facet
