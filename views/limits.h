// Limits of the folder, each with its reason both ways. Constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// Bytes of texts, data and lists in one row of a view. A SELECT may name a text of 15 MB some
/// hundred times: what it makes of one event would be larger than a message, or than memory. Lower:
/// a text of the largest command would be too much; higher: the row would not fit into one message
/// (32 MiB) behind a page of a scan that is almost full (4 MiB).
constexpr size_t kMaxRowBytes = size_t{27} << 20;

/// The same of a row of a query's answer that is more than columns of the row that it is made of.
/// Lower: a text of 15 MB could not be asked for; higher: the row would not fit into one message
/// behind an answer that is almost full (16 MiB).
constexpr size_t kMaxMadeRowBytes = size_t{15} << 20;

/// Work of one slice of a query, beside its rows: at the speed of memory about a millisecond, which
/// is what a slice of rows without long texts takes. Less would make queries over long texts pay
/// for the pauses; more would hold up the others on the thread, and what a slice makes is held
/// until it is fetched.
constexpr uint64_t kQuerySliceWork = uint64_t{4} << 20;

/// Comparisons of a sort between two looks at whether the query is to stop: some microseconds.
constexpr uint64_t kComparisonsBetweenLooks = 1'024;

/// Failing rows of a view's shard that are counted one by one. Fewer: an operator who mends or
/// skips several is not told of the next; more: memory and time for a view whose SELECT fails at
/// everything.
constexpr size_t kMaxSingleErrors = 64;
/// Bytes of a failing row's key that are told. Fewer: ordinary keys of several columns are cut;
/// more: lines that nobody reads.
constexpr size_t kMaxErrorKeyBytes = 200;

}  // namespace facet
