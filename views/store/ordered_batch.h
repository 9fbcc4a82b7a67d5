// OrderedBatch: entries for an ordered index that come in no order: they are collected, and put in
// place in ascending order, so that each is near to the one before: what a chunk or a snapshot
// adds. Thread: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "values/position.h"
#include "views/store/ordered_index.h"

namespace facet {

class OrderedBatch {
 public:
  /// Entries worth putting in place. Lower: their places are farther from each other; higher:
  /// memory beside the index, and a sort out of the processor's cache.
  static constexpr size_t kFull = size_t{1} << 16;

  /// The same where a snapshot is loaded, into an index that has nothing else.
  static constexpr size_t kFullOfSnapshot = size_t{1} << 20;

  /// Entries whose memory is kept for the next ones.
  static constexpr size_t kKept = size_t{1} << 12;

  void add(std::string_view order, std::string_view mapKey);
  bool isEmpty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  bool isFull() const { return entries_.size() >= kFull; }
  /// Inserts all, which must not be in the index; then it is empty.
  void insertInto(OrderedIndex& index, Position position);
  /// The same by OrderedIndex::add().
  void addTo(OrderedIndex& index, Position position);

 private:
  static constexpr size_t kPrefixWords = 3;
  struct Entry {
    uint64_t prefix[kPrefixWords];  // of the order: most comparisons need no more
    const char* bytes;              // the order, and then the map key
    uint32_t orderBytes;
    uint32_t mapKeyBytes;

    std::string_view order() const { return {bytes, orderBytes}; }
    std::string_view mapKey() const { return {bytes + orderBytes, mapKeyBytes}; }
    bool operator<(const Entry& other) const;
  };
  struct Block {
    std::unique_ptr<char[]> memory;
    size_t bytes = 0;
  };
  char* take(size_t size);
  template <typename Visit>
  void drain(Visit&& visit);

  std::vector<Entry> entries_;
  std::vector<Block> blocks_;  // what the entries' bytes are in
  char* at_ = nullptr;         // what is left of the last one
  size_t left_ = 0;
};

}  // namespace facet
