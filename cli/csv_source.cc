// Records of a CSV file: the heading says which field each column is.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cli/csv_reader.h"
#include "cli/exit_code.h"
#include "cli/field_match.h"
#include "cli/limits.h"
#include "cli/record_source.h"
#include "cli/table_text.h"

namespace facet {
namespace {

class CsvSource final : public RecordSource {
 public:
  CsvSource(InputFile& input, const StructShape& command, Unknown unknown, char separator)
      : input_(input), reader_(input, separator) {
    readHeading(command, unknown);
  }

  Result next() override {
    switch (reader_.next()) {
      case CsvReader::Result::end:
        return Result::end;
      case CsvReader::Result::bad:
        problem_ = reader_.problem();
        return Result::bad;
      case CsvReader::Result::record:
        break;
    }
    const std::vector<CsvField>& fields = reader_.fields();
    if (fields.size() != columns_.size()) {
      problem_ = fmt::format("it has {} field{}, and the heading has {}", fields.size(),
                             fields.size() == 1 ? "" : "s", columns_.size());
      return Result::bad;
    }
    cells_.clear();
    for (size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i] == kIgnored) continue;
      const bool null = fields[i].text.empty() && !fields[i].quoted;
      cells_.push_back({columns_[i], null ? std::nullopt : std::optional(fields[i].text)});
    }
    return Result::record;
  }

  const std::vector<Cell>& cells() const override { return cells_; }
  std::vector<uint32_t> missing() const override { return missing_; }
  const std::string& problem() const override { return problem_; }
  uint64_t line() const override { return reader_.line(); }
  bool ready() const override { return reader_.ready(); }
  int fd() const override { return input_.fd(); }

 private:
  static constexpr uint32_t kIgnored = UINT32_MAX;

  void readHeading(const StructShape& command, Unknown unknown) {
    const CsvReader::Result result = reader_.next();
    if (result == CsvReader::Result::end) {
      throw Failure(ExitCode::failed, "the file is empty: its first line names the columns");
    }
    if (result == CsvReader::Result::bad) {
      throw Failure(ExitCode::failed, "the heading: " + reader_.problem());
    }
    const FieldMatch match(command);
    std::vector<std::string_view> ignored;
    for (const CsvField& heading : reader_.fields()) {
      const auto field = match.loose(heading.text);
      if (!field) ignored.push_back(heading.text);
      if (field && std::find(columns_.begin(), columns_.end(), *field) != columns_.end()) {
        throw Failure(ExitCode::failed, fmt::format("two columns are both the field \"{}\"",
                                                    command.columns[*field].field));
      }
      columns_.push_back(field.value_or(kIgnored));
    }
    checkHeading(command, unknown, ignored);
  }

  static std::string columnNames(const std::vector<std::string_view>& columns) {
    std::string out;
    for (size_t i = 0; i < std::min(columns.size(), kShownColumns); ++i) {
      out += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", printableText(columns[i]));
    }
    if (columns.size() > kShownColumns) {
      out += fmt::format(" and {} more", columns.size() - kShownColumns);
    }
    return out;
  }

  void checkHeading(const StructShape& command, Unknown unknown,
                    const std::vector<std::string_view>& ignored) {
    for (uint32_t i = 0; i < command.columns.size(); ++i) {
      if (std::find(columns_.begin(), columns_.end(), i) == columns_.end()) missing_.push_back(i);
    }
    if (missing_.size() == command.columns.size()) {
      throw Failure(ExitCode::failed,
                    fmt::format("no column of the heading is a field of the command, which has {}; "
                                "the heading is {}{}",
                                fieldNames(command), headingText(), separatorAdvice()));
    }
    checkMissing(command);
    if (ignored.empty()) return;
    if (unknown == Unknown::refuse) {
      throw Failure(ExitCode::failed,
                    fmt::format("the command has no field for the column {}; it has {}",
                                columnNames(ignored), fieldNames(command)));
    }
    fmt::print(stderr, "columns that are no field of the command are ignored: {}\n",
               columnNames(ignored));
  }

  /// Of fields that no column fills: one that can't be NULL is an error of the whole file.
  void checkMissing(const StructShape& command) {
    std::string nulls;
    for (const uint32_t field : missing_) {
      const ColumnShape& column = command.columns[field];
      if (mustBeFilled(column)) {
        throw Failure(ExitCode::failed,
                      fmt::format("{}; the heading is {}", unfilledProblem(column), headingText()));
      }
      if (column.nullable) nulls += (nulls.empty() ? "" : ", ") + column.field;
    }
    if (!nulls.empty()) {
      fmt::print(stderr, "no column fills {}: NULL in every line\n", nulls);
    }
  }

  std::string headingText() const {
    std::vector<std::string_view> names;
    for (const CsvField& heading : reader_.fields()) names.push_back(heading.text);
    return columnNames(names);
  }

  /// A heading that is one column, with another separator in it.
  std::string separatorAdvice() const {
    if (reader_.fields().size() != 1) return {};
    for (const auto& [separator, option] : {std::pair(';', "';'"), {'\t', "tab"}, {'|', "'|'"}}) {
      if (reader_.fields()[0].text.find(separator) == std::string_view::npos) continue;
      return fmt::format(". Are its columns separated by something else? Try --separator {}",
                         option);
    }
    return {};
  }

  InputFile& input_;
  CsvReader reader_;
  std::vector<uint32_t> columns_;  // field, by the file's columns
  std::vector<uint32_t> missing_;
  std::vector<Cell> cells_;
  std::string problem_;
};

}  // namespace

std::unique_ptr<RecordSource> csvSource(InputFile& input, const StructShape& command,
                                        Unknown unknown, char separator) {
  return std::make_unique<CsvSource>(input, command, unknown, separator);
}

}  // namespace facet
