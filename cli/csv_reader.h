// CsvReader: RFC 4180 in a stream: quoted fields with commas, quotes and line ends in them; CRLF,
// LF, or CR alone where the first line ends with it; and byte order marks. Holds one record at a
// time. A record that is wrong is reported, and reading goes on behind it. Thread: main.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input_file.h"

namespace facet {

struct CsvField {
  std::string_view text;  // without its quotes; until the next call of next()
  bool quoted = false;    // "" is an empty text, and nothing at all is NULL
};

class CsvReader {
 public:
  explicit CsvReader(InputFile& input, char separator = ',');

  enum class Result : uint8_t { record, bad, end };
  /// The next record; lines without anything are passed over. Throws Failure where it can't go on.
  Result next();

  const std::vector<CsvField>& fields() const { return fields_; }
  /// bad: why.
  const std::string& problem() const { return problem_; }
  /// The line that the record began on, from 1.
  uint64_t line() const { return recordLine_; }
  /// Whether next() need not wait for the producer.
  bool ready() const { return at_ < end_ || ended_ || input_.ready(); }

 private:
  enum class State : uint8_t { fieldStart, plain, quoted, afterQuote, skipping };
  struct Span {
    size_t begin;
    size_t end;
    bool quoted;
    bool escapes;  // has "" in it
  };

  bool fill();
  void makeRoom();
  void skipMarks();
  void findLineEnd();
  bool scan();
  void endField(size_t end);
  void endRecordAtFileEnd();
  void blame(std::string problem);
  Result deliver();
  void unescape(Span& span);

  InputFile& input_;
  const char separator_;
  char lineEnd_ = '\n';  // or '\r', where that is all a line ends with
  std::string buffer_;
  size_t start_ = 0;  // of the record, in buffer_; spans count from it
  size_t at_ = 0;     // where scanning goes on
  size_t end_ = 0;
  bool ended_ = false;
  bool begun_ = false;
  State state_ = State::fieldStart;
  Span span_{};
  std::vector<Span> spans_;
  uint64_t line_ = 1;
  uint64_t recordLine_ = 1;
  uint64_t quoteLine_ = 1;
  std::string problem_;
  std::vector<CsvField> fields_;
};

}  // namespace facet
