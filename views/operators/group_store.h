// GroupStore: the rows of a view's shard (stored_row.h): groups with their aggregates, or plain
// rows. The last operator of a plan: aggregate and output in one, so that a group's state and its
// readable row lie in one place. Takes the deltas of one chunk, then closes it: results, HAVING,
// errors, indexes and digest of every key that was touched, each once.
//
// Plain rows with a key: one row has it; others that have it too are kept beside, and are errors,
// until rows are taken back. Thread: the writer's calls by the shard's owner; `map`, `index` and
// the figures by any thread (map and index with a pin).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "views/operators/operator.h"
#include "views/plan/store_plan.h"
#include "views/state/state_part.h"
#include "views/state/value_sets.h"
#include "views/state/view_errors.h"
#include "views/store/digest_history.h"
#include "views/store/ordered_batch.h"
#include "views/store/versioned_map.h"

namespace facet {

class GroupStore final : public Operator {
 public:
  /// `ownsGlobal`: the one row of a global aggregate belongs to this shard.
  GroupStore(const StorePlan& plan, ViewErrors& errors, bool ownsGlobal);

  void begin(const ChunkInput& chunk, DeltaSink*) override { begin(chunk.last); }
  void begin(Position position) { position_ = position; }
  void take(std::span<const DeltaRow> rows) override;
  /// Closes the chunk: everything that was touched gets its final form.
  void finish() override;
  void reclaim(const ViewNeeds& needs, Position next) override;
  const VersionedMap* lookups() const override { return &map_; }

  // Restoring, between begin(position) and finishRestore(): what a snapshot has of these keys.
  // `held` and then the rows of a later position, or these alone.
  // False: another entry of this key is there already. What is to come can be told first.
  void reserve(StatePart part, uint64_t entries);
  bool restoreRow(const StateEntry& entry);
  bool restoreValue(const StateEntry& entry);
  bool restoreBeside(const StateEntry& entry);
  void finishRestore();

  const VersionedMap& map() const { return map_; }
  const ValueSets* values() const { return sets_.get(); }
  const ValueSets* beside() const { return beside_.get(); }
  const OrderedIndex& index(size_t order) const { return *indexes_[order]; }

  uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }
  uint64_t keys() const override { return map_.keys(); }
  uint64_t bytes() const override;
  /// Of the rows at a position not before the horizon: the sum of hash128(all output columns as a
  /// packed row) × multiplicity.
  uint128 digest(Position at) const { return digests_.at(at); }

 private:
  struct Touched {
    Version* version;       // can have been replaced by a larger one
    const Version* before;  // the chunk; null: no row
  };

  void showRestored(const Touched& touched);
  void removeUnconfirmed();

  // group_store.cc: taking rows.
  void add(const DeltaRow& delta);
  Version* touch(std::string_view key, uint64_t hash, uint32_t newValueBytes);
  Version* touchGroup(std::string_view key, uint64_t hash);
  Version* resize(Version* version, uint32_t valueBytes);
  Version* splice(Version* version, uint32_t offset, uint32_t length, std::string_view bytes);
  Version* addToAggregates(Version* version, const DeltaRow& delta);
  void addToSet(Version* version, size_t aggregate, const Value& value, int64_t weight);
  Version* keepText(Version* version, const AggregatePlan& aggregate, const Value& value);
  void addPlain(const DeltaRow& delta);
  void addOneOf(const DeltaRow& delta, Version* version);
  void takeOneOf(const DeltaRow& delta, Version* version);
  void place(Version* version, Row rest);
  Row restOf(const DeltaRow& delta) const;
  void changeBeside(std::string_view key, Row rest, int64_t weight, Position event = {});

  // group_close.cc: closing the chunk.
  void settle();
  void conclude(Touched& touched);
  void computeGroup(Touched& touched);
  bool computeResults(Version* version);
  void fail(Version* version, uint32_t site, ErrorCode code);
  void forgetFailure(const Version& version);
  FailedRow failedGroup(const Version& version) const;
  Value resultOf(size_t aggregate, const Version& version);
  void account(const Version& version, int64_t sign);
  void indexRow(const Touched& touched, bool checked);
  void checkUnique(size_t order, const Version& version, std::string_view key, int64_t sign);
  void makeOrder(const OrderPlan& order, const Version& version, std::string& out) const;
  Row outputRow(const Version& version);

  const StorePlan& plan_;
  ViewErrors& errors_;
  VersionedMap map_;
  std::unique_ptr<ValueSets> sets_;  // null: no aggregate needs them
  std::vector<std::unique_ptr<OrderedIndex>> indexes_;
  std::unique_ptr<ValueSets> beside_;  // plain rows whose key another one has; null: no plain keys
  Position position_;
  std::vector<Touched> touched_;
  std::vector<OrderedBatch> added_;               // by index: entries that are not in it yet
  std::unordered_set<const Version*> confirmed_;  // restored as they were at an earlier position
  std::string newGroup_;                          // the value of a group without rows

  // Memory that is used again.
  Arena arena_;
  RowBuilder builder_;
  RowBuilder valueBuilder_;
  std::vector<RowLayout> valueLayouts_;  // by aggregate: a row of one value for its set
  std::vector<Value> groups_;
  std::vector<Value> results_;
  std::string order_, oldOrder_;
  std::string scratch_;

  std::atomic<uint64_t> rows_{0};
  uint128 digest_ = 0;
  DigestHistory digests_;
};

}  // namespace facet
