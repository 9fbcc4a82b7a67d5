#include "cli/struct_list.h"

#include <fmt/format.h>

#include "cli/table_text.h"

namespace facet {

StructList::StructList(const ColumnShape& column) : column_(column), match_(*column.elements) {
  for (const ColumnShape& field : column.elements->columns) defaults_.push_back(defaultText(field));
}

std::string StructList::write(const std::vector<std::vector<JsonCell>>& objects,
                              const Unknown& unknown, std::string& out) const {
  Texts elements;
  for (const std::vector<JsonCell>& object : objects) {
    Texts fields = defaults_;
    std::vector<bool> given(fields.size(), false);
    for (const JsonCell& cell : object) {
      const auto field = match_.loose(cell.path);
      if (!field) {
        if (const auto around = match_.around(cell.path)) {
          return fmt::format("\"{}.{}\" takes no object", column_.field,
                             column_.elements->columns[*around].field);
        }
        std::string problem = unknown(fmt::format("{}.{}", column_.field, cell.path));
        if (!problem.empty()) return problem;
        continue;
      }
      if (given[*field]) {
        return fmt::format("\"{}\" is given twice in an object of \"{}\"", printableText(cell.path),
                           column_.field);
      }
      given[*field] = true;
      fields[*field] = cell.text;
    }
    for (uint32_t i = 0; i < given.size(); ++i) {
      const ColumnShape& lacking = column_.elements->columns[i];
      if (given[i] || !mustBeFilled(lacking)) continue;
      return fmt::format("in an object of \"{}\" {}", column_.field, unfilledProblem(lacking));
    }
    elements.push_back(joinCompositeText(fields));
  }
  out = joinArrayText(elements);
  return {};
}

}  // namespace facet
