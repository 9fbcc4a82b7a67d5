#include "cli/command_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/table_text.h"
#include "values/composite.h"
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

std::string partProblem(const Type& type, const std::optional<std::string>& text) {
  return text ? exactnessProblem(type, *text) : std::string();
}

/// Of the parts that a text has; one that is no array is none of this function's problems.
std::string arrayProblem(const Type& type, std::string_view text) {
  const auto elements = splitArrayText(text);
  for (size_t i = 0; elements && i < elements->size(); ++i) {
    std::string problem = partProblem(type.elementType(), (*elements)[i]);
    if (!problem.empty()) return problem;
  }
  return {};
}

std::string compositeProblem(const Composite& type, std::string_view text) {
  const auto columns = splitCompositeText(text);
  if (!columns || columns->size() != type.columns().size()) return {};
  for (size_t c = 0; c < columns->size(); ++c) {
    const Composite::Column& column = type.columns()[c];
    const std::string problem = partProblem(column.type, (*columns)[c]);
    if (!problem.empty()) return fmt::format("has a \"{}\" that {}", column.name, problem);
  }
  return {};
}

/// Whether there is a numeric of fixed scale in it.
bool hasScale(const Type& type) {
  if (type.kind == Kind::array) return hasScale(type.elementType());
  if (type.kind == Kind::numeric) return type.scale != kAnyScale;
  return type.kind == Kind::composite &&
         std::ranges::any_of(type.composite->columns(), hasScale, &Composite::Column::type);
}

}  // namespace

std::string exactnessProblem(const Type& type, std::string_view text) {
  if (!hasScale(type)) return {};
  if (type.kind == Kind::numeric) return decimalProblem(type.scale, text);
  return type.kind == Kind::array ? arrayProblem(type, text)
                                  : compositeProblem(*type.composite, text);
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

void StagedRecords::add(uint64_t number, uint64_t line, const std::vector<Cell>& cells,
                        int64_t expected) {
  records_.push_back({number, line, expected, cells_.size(), text_.size()});
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
