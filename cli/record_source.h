// RecordSource: the records of a file, each as texts for fields of a command, whatever the file's
// form. Thread: main.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input_file.h"
#include "client/rows.h"

namespace facet {

/// A field's text; nothing: NULL. The text is valid until the source's next record.
struct Cell {
  uint32_t column;  // of the command
  std::optional<std::string_view> text;
};

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  enum class Result : uint8_t { record, bad, end };
  virtual Result next() = 0;
  virtual const std::vector<Cell>& cells() const = 0;
  /// Fields that no record of the source has.
  virtual std::vector<uint32_t> missing() const = 0;
  /// bad: why.
  virtual const std::string& problem() const = 0;
  /// Where the record is in the file, from 1; 0: it is in none.
  virtual uint64_t line() const = 0;
  /// Whether next() need not wait for a slow producer; else what to wait on.
  virtual bool ready() const = 0;
  virtual int fd() const = 0;
};

/// What to do with what is in the file and not in the command.
enum class Unknown : uint8_t {
  ignore,  // it is listed once on stderr
  refuse,
};

/// The heading's columns are matched to the fields by their letters and digits alone:
/// "Sub-Category" is subCategory. Throws Failure if the heading is wrong.
std::unique_ptr<RecordSource> csvSource(InputFile& input, const StructShape& command,
                                        Unknown unknown, char separator);
/// A JSON object a line: keys are matched to the fields as the columns of a heading are.
std::unique_ptr<RecordSource> jsonSource(InputFile& input, const StructShape& command,
                                         Unknown unknown);
/// One record from "field=value" arguments. Throws UsageError.
std::unique_ptr<RecordSource> argumentSource(const std::vector<std::string>& assignments,
                                             const StructShape& command);

}  // namespace facet
