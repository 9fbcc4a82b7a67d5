#include "cli/struct_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/field_match.h"
#include "cli/table_text.h"
#include "values/text.h"

namespace facet {

std::string structListText(const ColumnShape& column,
                           const std::vector<std::vector<JsonCell>>& objects,
                           const std::function<std::string(const std::string& key)>& unknown,
                           std::string& out) {
  if (!column.elements) return fmt::format("\"{}\" is no list of structs", column.field);
  const FieldMatch match(*column.elements);
  Texts defaults;
  for (const ColumnShape& field : column.elements->columns) defaults.push_back(defaultText(field));
  Texts elements;
  for (const std::vector<JsonCell>& object : objects) {
    Texts fields = defaults;
    std::vector<bool> given(fields.size(), false);
    for (const JsonCell& cell : object) {
      const auto field = match.exact(cell.path);
      if (!field) {
        std::string problem = unknown(fmt::format("{}.{}", column.field, cell.path));
        if (!problem.empty()) return problem;
        continue;
      }
      if (given[*field]) {
        return fmt::format("\"{}\" is given twice in an object of \"{}\"", printableText(cell.path),
                           column.field);
      }
      given[*field] = true;
      fields[*field] = cell.text;
    }
    elements.push_back(joinCompositeText(fields));
  }
  out = joinArrayText(elements);
  return {};
}

}  // namespace facet
