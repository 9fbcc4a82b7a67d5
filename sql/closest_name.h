// "Did you mean": the known name that is closest to a wrong one. Thread: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace facet {

/// The name that takes the fewest edits (insert, delete, replace a byte, or swap two), if they are
/// few for its length; else empty.
std::string_view closestName(std::string_view wrong, std::span<const std::string_view> names);

/// "did you mean "fool"?", or nothing.
std::string didYouMean(std::string_view wrong, std::span<const std::string_view> names);

}  // namespace facet
