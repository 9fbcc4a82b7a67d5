// The composite types of a model: one for each struct that is in a list. Thread: pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace facet {

/// By name in SQL.
using Composites = std::map<std::string_view, const Composite*>;

/// Adds those that the fields have.
void collectComposites(const std::vector<Field>& fields, Composites& out);
/// Those that columns of tables and events have.
Composites compositesOf(const std::vector<TableType>& tables, const std::vector<EventType>& events);

/// line_struct → LineStruct, the struct of its values in the schema that clients get.
std::string structName(const Composite& composite);

}  // namespace facet
