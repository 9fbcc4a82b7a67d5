// What goes from one shard of a view to another. Thread: a value.
#pragma once

#include <cstdint>
#include <vector>

namespace facet {

/// Weighted entries: raw words, made and read by ExchangeCodec alone.
using ExchangeBuffer = std::vector<uint64_t>;

}  // namespace facet
