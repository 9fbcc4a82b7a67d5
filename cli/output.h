// Output: the program's stdout, gathered into large writes. What can't be written is a Failure,
// never lost silently. Thread: main.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace facet {

class Output {
 public:
  explicit Output(std::FILE* file = stdout) : file_(file) {}
  Output(const Output&) = delete;

  /// To append to; call grown() afterwards.
  std::string& buffer() { return buffer_; }
  /// Writes what there is, if it is much.
  void grown() {
    if (buffer_.size() >= kWriteBytes) flush();
  }
  void print(std::string_view text) {
    buffer_ += text;
    grown();
  }
  /// Writes everything: at the end, and where a reader waits for each line.
  void flush();

 private:
  static constexpr size_t kWriteBytes = size_t{64} << 10;
  std::FILE* file_;
  std::string buffer_;
};

}  // namespace facet
