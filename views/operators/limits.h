// Limits of the room, each with its reason both ways. Constants.
#pragma once

#include <cstddef>

namespace facet {

/// Rows of a chunk for each shard from which on the shards look at a share of them each. Lower:
/// buffers that are sent for a handful of rows cost more than looking at them; higher: every shard
/// looks at every row, and more shards cost more.
constexpr size_t kSharedScanRows = 64;

/// Below it a map is likely in the cache, and nothing is gained by fetching its rows ahead.
constexpr size_t kCachedMapBytes = size_t{512} << 10;

}  // namespace facet
