// Objects of a JSON list as the text of a list of structs. Thread: pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/json_flat.h"
#include "client/rows.h"

namespace facet {

/// PostgreSQL's text of the array. Fields are named as those of a command; one that an object lacks
/// has the default of the model. `unknown` is asked about other keys, and returns what is wrong
/// with them, empty if nothing is. Returns what is wrong.
std::string structListText(const ColumnShape& column,
                           const std::vector<std::vector<JsonCell>>& objects,
                           const std::function<std::string(const std::string& key)>& unknown,
                           std::string& out);

}  // namespace facet
