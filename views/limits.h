// Limits of the folder, each with its reason both ways. Constants.
#pragma once

#include <cstdint>

namespace facet {

/// Work of one slice of a query, beside its rows: at the speed of memory about a millisecond, which
/// is what a slice of rows without long texts takes. Less would make queries over long texts pay
/// for the pauses; more would hold up the others on the thread, and what a slice makes is held
/// until it is fetched.
constexpr uint64_t kQuerySliceWork = uint64_t{4} << 20;

/// Comparisons of a sort between two looks at whether the query is to stop: some microseconds.
constexpr uint64_t kComparisonsBetweenLooks = 1'024;

}  // namespace facet
