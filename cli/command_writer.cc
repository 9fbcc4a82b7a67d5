#include "cli/command_writer.h"

#include <fmt/format.h>

#include "cli/table_text.h"
#include "values/array.h"
#include "values/text.h"

namespace facet {
namespace {

/// Characters of a bad value that a message shows: enough to find it.
constexpr size_t kShownCharacters = 60;

std::string shown(std::string_view text) {
  const bool cut = text.size() > kShownCharacters;
  return printableText(text.substr(0, kShownCharacters)) + (cut ? "..." : "");
}

/// Whether the numeric has a digit other than 0 behind so many places.
bool hasMoreDigits(const Value& value, int scale) {
  int128 unscaled = value.unscaled();
  for (int at = value.scale(); at > scale; --at) {
    if (unscaled % 10 != 0) return true;
    unscaled /= 10;
  }
  return false;
}

std::string scaleProblem(int scale) {
  return fmt::format("has more than {} digit{} after the point", scale, scale == 1 ? "" : "s");
}

std::string decimalProblem(int scale, std::string_view text) {
  const size_t point = text.find('.');
  const bool exponent = text.find_first_of("eE") != text.npos;
  const size_t digits = point == text.npos ? 0 : text.size() - point - 1;
  if (!exponent && digits <= static_cast<size_t>(scale)) return {};
  std::string scratch;
  const auto value = parseText(Type::of(Kind::numeric), text, scratch);
  return value && hasMoreDigits(*value, scale) ? scaleProblem(scale) : std::string();
}

std::string arrayProblem(const Type& type, std::string_view text) {
  std::string scratch;
  const auto array = parseText({Kind::array, kAnyScale, Kind::numeric, kAnyScale}, text, scratch);
  for (size_t i = 0; array && i < arraySize(*array); ++i) {
    const Value element = arrayElement(*array, i);
    if (!element.isNull() && hasMoreDigits(element, type.elementScale)) {
      return scaleProblem(type.elementScale);
    }
  }
  return {};
}

}  // namespace

std::string exactnessProblem(const Type& type, std::string_view text) {
  if (type.kind == Kind::numeric && type.scale != kAnyScale) {
    return decimalProblem(type.scale, text);
  }
  if (type.kind == Kind::array && type.element == Kind::numeric && type.elementScale != kAnyScale) {
    return arrayProblem(type, text);
  }
  return {};
}

std::string writeChecked(const ColumnShape& column, std::optional<std::string_view> text,
                         capnp::AnyStruct::Builder out) {
  std::string problem;
  if (text && column.type.kind == Kind::text && !isValidText(*text)) {
    problem = "is not UTF-8 without NUL";
  } else if (text) {
    problem = exactnessProblem(column.type, *text);
  }
  if (problem.empty()) problem = writeField(column, text, out);
  if (problem.empty()) return {};
  if (!text) return fmt::format("\"{}\" {}", column.field, problem);
  return fmt::format("\"{}\": \"{}\" {}", column.field, shown(*text), problem);
}

void StagedRecords::add(uint64_t number, uint64_t line, const std::vector<Cell>& cells) {
  records_.push_back({number, line, cells_.size(), text_.size()});
  for (const Cell& cell : cells) {
    const uint32_t size = cell.text ? static_cast<uint32_t>(cell.text->size()) : kNull;
    cells_.push_back({cell.column, size, text_.size()});
    if (cell.text) text_ += *cell.text;
  }
}

void StagedRecords::clear() {
  text_.clear();
  cells_.clear();
  records_.clear();
}

size_t StagedRecords::bytes(size_t begin, size_t end) const {
  if (begin == end) return 0;
  const size_t last = end < records_.size() ? records_[end].firstText : text_.size();
  return last - records_[begin].firstText;
}

std::string StagedRecords::write(size_t record, const StructShape& command,
                                 capnp::AnyStruct::Builder out) const {
  const size_t end = record + 1 < records_.size() ? records_[record + 1].firstCell : cells_.size();
  for (size_t i = records_[record].firstCell; i < end; ++i) {
    const StagedCell& cell = cells_[i];
    std::optional<std::string_view> text;
    if (cell.size != kNull) text = std::string_view(text_).substr(cell.text, cell.size);
    std::string problem = writeChecked(command.columns[cell.column], text, out);
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace facet
