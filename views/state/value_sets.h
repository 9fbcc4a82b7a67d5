// ValueSets: the counted values of a view's groups: what count(DISTINCT) and retractable min and
// max need; and the rows that lost their key to another one. A value of an aggregate of a group has
// the weight of the rows that brought it; the smallest and largest are found along an ordered
// index. Thread: belongs to its shard; `map` with a pin by any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "values/row.h"
#include "views/state/state_part.h"
#include "views/store/ordered_batch.h"
#include "views/store/versioned_map.h"

namespace facet {

class ValueSets {
 public:
  /// The parts of a key of `map`.
  struct Member {
    std::string_view group;
    uint32_t aggregate;
    Row value;
  };

  /// Adds `weight` to a value. `value`: a packed row of the one value; `order`: its ordered key, or
  /// empty for sets whose extremes are never asked for. Returns by how much the number of distinct
  /// values changed: -1, 0, 1.
  int add(std::string_view group, uint32_t aggregate, Row value, std::string_view order,
          int64_t weight, Position position);

  /// An entry of `map` as a snapshot has it, before finishRestore(); `order` as in add(). False: it
  /// is there already.
  void reserve(uint64_t entries) { map_.reserve(entries); }
  bool restore(const StateEntry& entry, std::string_view order, Position position);
  void finishRestore(Position position);

  /// Puts what was added in its place in the order. Before the position changes.
  void settle(Position position);

  bool contains(std::string_view group, uint32_t aggregate, Row value);
  /// The smallest or largest value (a packed row); a null row if there is none.
  Row smallest(std::string_view group, uint32_t aggregate, Position position);
  Row largest(std::string_view group, uint32_t aggregate, Position position);

  static Member memberOf(std::string_view key);
  const VersionedMap& map() const { return map_; }

  void reclaim(const ReaderNeeds& needs, Position next);
  uint64_t bytes() const { return map_.bytes() + index_.bytes(); }

 private:
  void setKey(std::string_view group, uint32_t aggregate, Row value);
  void setPrefix(std::string_view group, uint32_t aggregate);
  void setPlace(const Member& member, std::string_view order);

  VersionedMap map_;    // (aggregate, group, value) → weight
  OrderedIndex index_;  // hash of the group, aggregate, ordered key → value, group
  OrderedBatch added_;  // values that are not in the index yet
  std::string key_;
  std::string order_;
  std::string mapKey_;
};

}  // namespace facet
