// FakeNode: a node without a log and without actors: rows and outcomes are what the test says. So
// the tests of the door depend on nothing behind it. Thread: the test's.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/node.h"
#include "storage/memory_log.h"

namespace facet::test {

/// Customers, orders, and revenue by region.
std::shared_ptr<const Model> shopModel();

/// Rows that the test puts in, by position.
class FakeSource final : public RowSource {
 public:
  FakeSource(const Relation& relation, std::vector<uint32_t> key);

  /// The row holds from `at` on; the key is in its key columns.
  void put(Position at, const std::vector<Value>& row);

  const Relation& relation() const override { return relation_; }
  const RowLayout* keyLayout() const override { return &keyLayout_; }
  uint64_t rows() const override { return rows_.size(); }
  Found get(Position at, std::string_view key) const override;
  Value column(const Version& row, uint32_t column, Arena& arena) const override;
  uint64_t multiplicity(const Version&) const override { return 1; }
  void scan(Position at, Cursor& cursor,
            const std::function<bool(const Version&)>& visit) const override;
  std::string bookmarkBehind(Position, const Version& row, std::optional<size_t>) const override {
    return std::string(row.key());
  }
  std::optional<Cursor> cursorAt(std::string_view place, std::optional<size_t>) const override {
    return Cursor{std::string(place), false};
  }
  std::vector<Order> orders() const override { return {}; }
  void scanOrdered(Position, size_t, bool, std::string_view, std::string_view, Cursor&,
                   const std::function<bool(const Version&)>&) const override;

  size_t visited() const { return visited_; }
  std::function<void()> beforeRow = [] {};  // of a scan, on its thread

 private:
  const Version* versionAt(const std::vector<const Version*>& versions, Position at) const;

  const Relation& relation_;
  RowLayout rowLayout_;
  std::vector<uint32_t> key_;
  RowLayout keyLayout_;
  std::map<std::string, std::vector<const Version*>, std::less<>> rows_;  // by packed key
  std::deque<std::vector<uint64_t>> memory_;
  mutable std::atomic<size_t> visited_{0};
};

class FakeRelation final : public LiveRelation {
 public:
  FakeRelation(const ViewType* view, const TableType* table, uint32_t index);

  FakeSource rows;
  std::string degradedWhy;  // not empty: the view stands at degradedAt
  Position degradedAt;
  std::string outOfServiceWhy;  // not empty: it can't be read

  using LiveRelation::source;
  const RowSource& source(Position) const override { return rows; }
  Position cut(Cuts::Pin& pin, std::string* why) const override;
  bool degraded() const override { return !degradedWhy.empty(); }
  const std::string* outOfService() const override {
    return outOfServiceWhy.empty() ? nullptr : &outOfServiceWhy;
  }
  const ViewType* view() const override { return view_; }
  const TableType* table() const override { return table_; }
  uint32_t index() const override { return index_; }

 private:
  const ViewType* view_;
  const TableType* table_;
  uint32_t index_;
};

class FakeNode final : public Node {
 public:
  explicit FakeNode(NodeListener& listener, std::shared_ptr<const Model> model = shopModel());

  /// Makes a position durable, and visible.
  void publish(uint64_t position);
  /// Durable, but not visible yet.
  void makeDurable(uint64_t position) { head_ = {position}; }
  void putRegion(uint64_t at, const std::string& region, int64_t orders, int64_t revenue);
  FakeRelation& relation(const std::string& name) { return *relations_.at(name); }

  /// What was submitted and not answered yet. In automatic mode every batch is answered at once,
  /// its events durable and visible.
  std::deque<CommandBatch> batches;
  bool automatic = true;
  /// What replicas follow; what the test appends is told by onDurable() of the listener.
  MemoryLog chunks;
  DigestNotes notes;
  std::vector<std::string> problems;
  std::function<void()> beforeStatus = [] {};  // by whichever thread asks for the status
  std::string refusal;                         // not empty: nothing is taken
  /// Says it for one batch.
  std::function<std::string(const CommandBatch&)> refuse = [](const auto&) { return ""; };
  size_t taken = 0;

  /// The outcome of a batch all of whose commands were accepted with one event each.
  BatchOutcome accepted(const CommandBatch& batch);
  void answer(BatchOutcome outcome);

  std::string submit(CommandBatch batch) override;
  const Model& model() const override { return *model_; }
  std::shared_ptr<const Model> sharedModel() const override { return model_; }
  Cuts& cuts() override { return cuts_; }
  const LiveRelation* find(std::string_view name) const override;
  LogId logId() const override { return {1, 2}; }
  Epoch epoch() const override { return {3}; }
  /// Where the epochs before ended.
  std::optional<EpochEnd> ended;
  std::optional<EpochEnd> endOf(Epoch asked) const override {
    return asked < epoch() ? ended : std::nullopt;
  }
  Position head() const override { return head_; }
  uint32_t lagMs(Position) const override { return 17; }
  uint64_t memory = uint64_t{8} << 30;
  uint64_t memoryLimit() const override { return memory; }
  NodeStatus status() const override;
  std::vector<ExplainedView> explain(std::string_view) const override { return {}; }
  Position readLog(Position from, uint32_t limit,
                   const std::function<bool(const LoggedEvent&)>& visit) const override;
  const EventLog& log() const override { return chunks; }
  DigestNotes::Some digestNotes(uint64_t after) const override { return notes.after(after); }
  Recovery recovery() const override { return {}; }
  Skipped skip(std::string_view, Position) override {
    throw std::logic_error("a fake node has nothing to skip");
  }
  Upkeep& upkeep() override { throw std::logic_error("a fake node has no upkeep"); }
  Snapshots& snapshots() override { throw std::logic_error("a fake node has no snapshots"); }
  void stop() override {}

 private:
  NodeListener& listener_;
  std::shared_ptr<const Model> model_;
  Cuts cuts_{1, {0}};
  Position head_;
  std::map<std::string, std::unique_ptr<FakeRelation>, std::less<>> relations_;
};

}  // namespace facet::test
