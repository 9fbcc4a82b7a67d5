// Strong types for places in the log and the parts of a node. Value types.
#pragma once

#include <fmt/core.h>

#include <compare>
#include <cstdint>

#include "values/int128.h"

namespace facet {

/// The number of an event in the log: dense, from 1. 0 is "before the first event".
struct Position {
  uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
  Position operator+(uint64_t n) const { return {value + n}; }
};

/// Grows by one whenever another node takes over writing; a control record says where.
struct Epoch {
  uint32_t value = 0;
  auto operator<=>(const Epoch&) const = default;
};

/// A client's UUID, in the order of its text.
struct ClientId {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const ClientId&) const = default;
};

/// Made at the log's birth, and anew by a restore.
struct LogId {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const LogId&) const = default;
};

struct ShardId {
  uint32_t value = 0;
  auto operator<=>(const ShardId&) const = default;
};

}  // namespace facet

// They print as their numbers.
template <>
struct fmt::formatter<facet::Position> : fmt::formatter<uint64_t> {
  auto format(facet::Position p, fmt::format_context& context) const {
    return fmt::formatter<uint64_t>::format(p.value, context);
  }
};
template <>
struct fmt::formatter<facet::Epoch> : fmt::formatter<uint32_t> {
  auto format(facet::Epoch e, fmt::format_context& context) const {
    return fmt::formatter<uint32_t>::format(e.value, context);
  }
};
template <>
struct fmt::formatter<facet::ShardId> : fmt::formatter<uint32_t> {
  auto format(facet::ShardId s, fmt::format_context& context) const {
    return fmt::formatter<uint32_t>::format(s.value, context);
  }
};
