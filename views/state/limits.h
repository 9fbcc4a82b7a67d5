// Limits of the room, each with its reason both ways. Constants.
#pragma once

#include <cstddef>

namespace facet {

/// Failing rows of a view's shard that are counted one by one. Fewer: an operator who mends or
/// skips several is not told of the next; more: memory and time for a view whose SELECT fails at
/// everything.
constexpr size_t kMaxSingleErrors = 64;
/// Bytes of a failing row's key that are told. Fewer: ordinary keys of several columns are cut;
/// more: lines that nobody reads.
constexpr size_t kMaxErrorKeyBytes = 200;

}  // namespace facet
