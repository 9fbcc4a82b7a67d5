// Limits of the room, each with its reason both ways. Constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// What kMaxRowBytes is to views, of a row of a query's answer that is more than columns of the row
/// that it is made of. Lower: a text of 15 MB could not be asked for; higher: the row would not fit
/// into one message behind an answer that is almost full (16 MiB).
constexpr size_t kMaxMadeRowBytes = size_t{15} << 20;

/// Work of one slice of a query, beside its rows: at the speed of memory about a millisecond, which
/// is what a slice of rows without long texts takes. Less would make queries over long texts pay
/// for the pauses; more would hold up the others on the thread, and what a slice makes is held
/// until it is fetched.
constexpr uint64_t kQuerySliceWork = uint64_t{4} << 20;

/// Comparisons of a sort between two looks at whether the query is to stop: some microseconds.
constexpr uint64_t kComparisonsBetweenLooks = 1'024;

}  // namespace facet
