// Limits of the room, each with its reason both ways. Constants.
#pragma once

#include <cstddef>

namespace facet {

/// Bytes of texts, data and lists in one row of a view. A SELECT may name a text of 15 MB some
/// hundred times: what it makes of one event would be larger than a message, or than memory. Lower:
/// a text of the largest command would be too much; higher: the row would not fit into one message
/// (32 MiB) behind a page of a scan that is almost full (4 MiB).
constexpr size_t kMaxRowBytes = size_t{27} << 20;

}  // namespace facet
