// A log's id as text: 32 hexadecimal digits. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "values/position.h"

namespace facet {

std::string logIdText(LogId id);
/// Nothing: it is none.
std::optional<LogId> parseLogId(std::string_view text);

}  // namespace facet
