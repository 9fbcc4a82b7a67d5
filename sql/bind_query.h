// Queries that know what time it is. Thread: pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sql/bind.h"

namespace facet {

/// As the other bindQuery (bind.h), for which now() and its like are refused as they are in views.
/// `now`: what they mean in all of the query, in microseconds since 1970, UTC.
Select bindQuery(std::string_view text, const Catalog& catalog,
                 const std::vector<Parameter>& params, int64_t now);

}  // namespace facet
