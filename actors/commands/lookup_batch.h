// LookupBatch: the rows of tables that some commands of a batch name. The searches for them wait
// for memory together. Thread: the sequencer's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/commands/command_stage.h"
#include "views/tables/tables.h"

namespace facet {

class LookupBatch {
 public:
  /// A key that names a row; no key: a part of it is NULL.
  struct Found {
    std::optional<Row> key;
    const Version* row = nullptr;  // null: there is none
  };

  /// Looks ahead for the commands from `begin` on, kReadTogether of them at most.
  void prepare(const ShapedBatch& batch, uint32_t begin, const std::vector<CommandPlan>& plans,
               const Tables& tables);
  /// The next command has so many lookups, which are not asked for.
  void skip(const CommandPlan& plan);
  /// The next command has these lookups: find() takes them by their index.
  void next(const CommandPlan& plan);
  /// The newest row, what the commands before have changed included.
  Found find(const Lookup& lookup, size_t index, const Tables& tables) const;

 private:
  /// In words_; not complete: a part of it is NULL.
  struct Key {
    bool complete = false;
    uint32_t start = 0;
    uint64_t hash = 0;
  };

  std::vector<Key> keys_;  // of some commands, one after another, in order
  std::vector<uint64_t> words_;
  size_t current_ = 0;  // in keys_: the command's that find() is about
  size_t next_ = 0;
  RowBuilder builder_;
};

}  // namespace facet
