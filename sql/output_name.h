// The name that PostgreSQL gives to a column of a SELECT without AS. Thread: pure functions.
#pragma once

#include <string>

#include "sql/parse_tree.h"

namespace facet {

constexpr std::string_view kNoName = "?column?";

/// As PostgreSQL's FigureColname: the column, function or type that stands out, else kNoName.
std::string outputName(const SyntaxNode& expr);

}  // namespace facet
