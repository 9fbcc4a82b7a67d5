// Structs filled by field names, for programs without the model's schema.
#include <fmt/format.h>

#include "client/rows.h"

namespace facet {

std::string unfilledProblem(const ColumnShape& column) {
  return fmt::format("nothing fills \"{}\", which can't be NULL and has no default in the model",
                     column.field);
}

StructWriter::StructWriter(const StructShape& shape, capnp::AnyStruct::Builder out)
    : shape_(shape), out_(out), filled_(shape.columns.size(), false) {}

std::string StructWriter::set(std::string_view field, std::optional<std::string_view> text) {
  const ColumnShape* const column = shape_.find(field);
  if (column == nullptr) return fmt::format("there is no field \"{}\"", field);
  const auto index = static_cast<size_t>(column - shape_.columns.data());
  if (filled_[index]) return fmt::format("\"{}\" is given twice", field);
  filled_[index] = true;
  const std::string problem = writeField(*column, text, out_);
  return problem.empty() ? problem : fmt::format("\"{}\" {}", column->field, problem);
}

std::string StructWriter::finish() {
  for (size_t i = 0; i < filled_.size(); ++i) {
    const ColumnShape& column = shape_.columns[i];
    if (filled_[i]) continue;
    if (mustBeFilled(column)) return unfilledProblem(column);
    if (!column.nullable) continue;
    std::string problem = writeField(column, std::nullopt, out_);
    if (!problem.empty()) return fmt::format("\"{}\" {}", column.field, problem);
  }
  return {};
}

}  // namespace facet
