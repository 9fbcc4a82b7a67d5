// OrderedBatch: entries for an ordered index that come in no order: they are collected, and put in
// place in ascending order, so that each is near to the one before: what a chunk or a snapshot
// adds. Thread: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "values/position.h"
#include "views/ordered_index.h"

namespace facet {

class OrderedBatch {
 public:
  /// Entries worth putting in place. Lower: their places are farther from each other; higher:
  /// memory beside the index, and a sort out of the processor's cache.
  static constexpr size_t kFull = size_t{1} << 16;

  /// Entries whose memory is kept for the next ones.
  static constexpr size_t kKept = size_t{1} << 12;

  void add(std::string_view order, std::string_view mapKey);
  bool isEmpty() const { return entries_.empty(); }
  bool isFull() const { return entries_.size() >= kFull; }
  /// Inserts all, which must not be in the index; then it is empty.
  void insertInto(OrderedIndex& index, Position position);

 private:
  struct Entry {
    uint64_t prefix;  // of the order: most comparisons need no more
    size_t offset;    // in bytes_: the order, and then the map key
    uint32_t orderBytes;
    uint32_t mapKeyBytes;
  };
  std::string_view orderOf(const Entry& entry) const {
    return {bytes_.data() + entry.offset, entry.orderBytes};
  }
  std::string_view mapKeyOf(const Entry& entry) const {
    return {bytes_.data() + entry.offset + entry.orderBytes, entry.mapKeyBytes};
  }

  std::vector<Entry> entries_;
  std::vector<char> bytes_;
};

}  // namespace facet
