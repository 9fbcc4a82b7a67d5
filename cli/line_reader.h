// LineReader: the lines of a file in a stream, without their ends and a byte order mark. Thread:
// main.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/input_file.h"

namespace facet {

class LineReader {
 public:
  explicit LineReader(InputFile& input);

  /// The next line, valid until the next call; nothing at the end. Throws Failure.
  std::optional<std::string_view> next();
  /// Number of the line that next() gave, from 1.
  uint64_t line() const { return line_; }
  /// It is longer than may be; next() gave nothing of it.
  bool tooLong() const { return tooLong_; }
  bool ready() const { return at_ < end_ || ended_ || input_.ready(); }

 private:
  bool fill();

  InputFile& input_;
  std::string buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  bool ended_ = false;
  bool tooLong_ = false;
  uint64_t line_ = 0;
};

}  // namespace facet
