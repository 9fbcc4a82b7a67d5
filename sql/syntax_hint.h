// What to write instead, for some of the mistakes that PostgreSQL's parser only calls a syntax
// error. Thread: pure functions.
#pragma once

#include <string>

#include "sql/source.h"

namespace facet {

/// For an error at a byte of the text; empty: nothing is known that helps.
std::string syntaxHint(const Source& source, size_t at);

}  // namespace facet
