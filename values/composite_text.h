// Composites in PostgreSQL's form: (1,,"a ""quoted"" text"). Internal to values/. Thread: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "values/text.h"
#include "values/value.h"

namespace facet {

void appendCompositeText(std::string& out, const Type& type, const Value& composite);

/// Exactly as many columns as the type has; the result points into `scratch`.
std::optional<Value> parseCompositeText(const Type& type, std::string_view text,
                                        std::string& scratch, Zones zones);

}  // namespace facet
