// Parts of the text functions that more than one file needs. Thread: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "sql/eval_node.h"

namespace facet {

/// Trimming, padding and repeating.
StrictFunction shapingFunction(Op op);

/// How often `part`, which is not empty, occurs, without overlaps.
size_t countOf(std::string_view text, std::string_view part);

/// The n-th field from the end (1 is the last); delimiters are found from the start, as PostgreSQL
/// does it.
std::string_view fieldFromEnd(std::string_view text, std::string_view delimiter, int64_t n);

/// As text.find(part), in linear time whatever they are.
size_t findText(std::string_view text, std::string_view part);

}  // namespace facet
