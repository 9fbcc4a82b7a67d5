// InputFile: a file or stdin, read as bytes; tells whether reading would wait for a slow producer.
// Thread: main.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace facet {

class InputFile {
 public:
  /// "-" is stdin. Throws Failure if it can't be opened.
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;

  /// Reads up to `size` bytes; 0 at the end. Throws Failure, also for what is no text
  /// (input_form.h).
  size_t read(char* out, size_t size);
  /// Whether read() would answer at once.
  bool ready() const;
  int fd() const { return fd_; }

 private:
  void checkForm(std::string_view head) const;

  std::string name_;
  int fd_;
  bool looked_ = false;  // at the first bytes
};

}  // namespace facet
