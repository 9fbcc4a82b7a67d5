// Values as JSON, appended to a string: exact decimals and 64-bit integers as strings, so that no
// reader rounds them; NULL as null; arrays as arrays, and their structs as objects
// keyed by the SQL column names; everything else that JSON does not have as
// PostgreSQL prints it. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "values/value.h"

namespace facet {

void appendJsonString(std::string& out, std::string_view text);
void appendJson(std::string& out, const Type& type, const Value& value);

}  // namespace facet
