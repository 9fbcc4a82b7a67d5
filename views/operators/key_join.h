// KeyJoin: joins of the source's rows with tables by their keys, one after another, and the map
// above them. Rows of the source are gathered in entries by what is needed of them above (the lower
// row), with their number and with the sums that can be made before the join; so memory grows with
// distinct lower rows, not with events. For each join an index finds the entries by the key that
// they join with.
//
// A chunk: ΔV = E_old ⋈ ΔT + ΔE ⋈ T_new. First every entry whose table rows changed takes back what
// it contributed with the old rows, and gives it again with the new ones. Then the chunk's own rows
// are gathered, and each entry that they changed gives the difference, with the new rows. Both go
// some at a time: places in the maps that do not depend on each other are fetched together, before
// any of them is looked at.
//
// An entry: key: the lower row; value: EntryId, sums; weight: source rows. An expression that
// failed below is an error in its column; then the lower row says of which source row it is
// (failed_source.h). Thread: belongs to its shard.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "views/operators/join_index.h"
#include "views/operators/lower_map.h"
#include "views/operators/net_changes.h"
#include "views/operators/operator.h"
#include "views/operators/upper_map.h"
#include "views/plan/view_operators.h"
#include "views/state/state_part.h"
#include "views/state/view_errors.h"
#include "views/store/versioned_map.h"
#include "views/tables/chunk_input.h"
#include "views/tables/tables.h"

namespace facet {

class KeyJoin final : public Operator {
 public:
  /// Of a plan that has a join.
  KeyJoin(const ViewPlan::Operators& plan, uint32_t shards, const Tables& tables,
          ViewErrors& errors);

  /// What the chunk's changes of joined tables do to the entries of before it.
  void begin(const ChunkInput& chunk, DeltaSink* next) override;
  /// Lower rows (lower_map.h).
  void take(std::span<const DeltaRow> rows) override;
  /// What the rows that were taken contribute.
  void finish() override;
  const VersionedMap* lookups() const override { return &map_; }

  /// Before entries of a state are restored: they are of this position, and the tables are too.
  void beginRestore(Position at);
  /// An entry as a snapshot has it, without its number: (lower row → sums). False: it is there
  /// already.
  bool restore(const StateEntry& entry);
  void reserve(uint64_t entries);
  void finishRestore() { countIndexBytes(); }
  /// The hash of the first join's key, by which a lower row's shard is found; none: it has no key.
  std::optional<uint64_t> firstKeyHash(Row lower);
  /// How much of an entry's value is this process' own.
  static constexpr size_t kNumberBytes = sizeof(uint64_t);
  const VersionedMap& map() const { return map_; }

  /// The same rows elsewhere, from the next chunk on.
  void useTables(const Tables& tables) { tables_ = &tables; }
  void reclaim(const ViewNeeds& needs, Position next) override { map_.reclaim(needs.state, next); }
  uint64_t keys() const override { return map_.keys(); }
  uint64_t bytes() const override {
    return map_.bytes() + indexBytes_.load(std::memory_order_relaxed);
  }

 private:
  using EntryId = uint64_t;
  enum class When : uint8_t { before, after };
  enum class Found : uint8_t { all, missing, failed };
  struct Touched {
    EntryId id;
    const Version* before;  // null: it is new
    Position example;
  };
  /// The first join of an entry: its key, in joinKeys_, and the row that it finds.
  struct FirstJoin {
    static constexpr size_t kNone = SIZE_MAX;  // no key: joinRows looks why
    size_t key = kNone;
    uint64_t hash = 0;
    const Version* row = nullptr;
  };

  // Below.
  void readChanges(const ChunkInput& chunk);
  void gather(const DeltaRow& row);
  Row lowerOfToday(Row lower);
  std::string_view alignFailed(std::string_view bytes);

  // Above.
  void enter(Row lower, Position example, Arena& arena);
  bool buildJoinKey(uint32_t join, Value& failure, uint32_t& site);
  Found joinRows(When when, int64_t weight, EntryId toIndex, const FirstJoin& first);
  const Version* rowOf(uint32_t join, std::string_view key, uint64_t hash, When when) const;
  void contribute(const Version& entry, int64_t weight, const char* sums, When when,
                  Position example, EntryId toIndex, const FirstJoin& first);
  FirstJoin findFirstKey(const Touched& touched);
  void moveEntries();
  void moveEntry(EntryId id);
  const NetChanges& changesOf(size_t join) const { return changes_[joins_[join].first]; }
  bool matters(const KeyJoinPlan& join, const NetChanges::Net& net) const;
  EntryId createEntry();
  void removeEntry(EntryId id);
  void countIndexBytes();
  void concludeTouched();
  void conclude(const Touched& touched, const FirstJoin& first);
  const char* difference(const char* sums, const char* minus);

  static const char* sumsOf(const Version& entry) { return entry.valueData() + sizeof(EntryId); }
  static char* sumsOf(Version& entry) { return entry.valueData() + sizeof(EntryId); }

  static constexpr EntryId kNoEntry = UINT64_MAX;

  const RowLayout& keyOf(size_t join) const {
    return tables_->model().tables()[joins_[join].table].keyLayout;
  }

  const SourcePlan& source_;
  const LowerPlan& below_;
  const std::vector<KeyJoinPlan>& joins_;
  const Tables* tables_;
  ViewErrors& errors_;
  UpperMap rows_;
  DeltaBatch out_;
  bool keysFixed_;  // no entry's key of any join changes

  VersionedMap map_;               // the entries
  std::vector<Version*> entries_;  // by id: the newest version
  std::vector<EntryId> freeIds_;
  std::vector<JoinIndex> indexes_;  // by join
  std::atomic<uint64_t> indexBytes_{0};

  // Of the chunk.
  Position position_;
  std::vector<NetChanges> changes_;  // by the first join of each table
  std::vector<EntryId> affected_;
  std::vector<Touched> touched_;
  std::vector<FirstJoin> firsts_;   // of some of touched_
  std::vector<uint64_t> joinKeys_;  // packed rows

  // Memory that is used again.
  std::vector<Row> inputs_;
  EvalContext context_;
  Arena arena_;
  RowBuilder keyBuilder_;
  LowerMap lower_;  // of whole source rows in a snapshot
  std::string restoredValue_;
  const std::vector<uint64_t> noSums_;  // all zero
  std::vector<uint64_t> restoredSums_;
  FailedSource failed_;               // of the entry that is looked at
  std::vector<uint64_t> failedCopy_;  // its bytes, aligned
};

}  // namespace facet
