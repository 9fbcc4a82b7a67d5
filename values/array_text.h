// Arrays in PostgreSQL's form: {1,NULL,"a \"quoted\" text"}. Internal to values/. Thread: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "values/text.h"
#include "values/value.h"

namespace facet {

void appendArrayText(std::string& out, const Type& type, const Value& array);

/// One dimension, indexes from 1, at most kMaxArrayElements; the result points into `scratch`.
std::optional<Value> parseArrayText(const Type& type, std::string_view text, std::string& scratch,
                                    Zones zones);

}  // namespace facet
