// Tables: current rows by primary key: the fold of the log's events by their `writes`. One pure
// function for the sequencer, recovery and replicas. The sequencer sees its newest, still pending
// rows; everybody else reads at published positions.
//
// All versions of one batch carry the position of the batch's first event (cuts are only ever at
// ends of chunks, so that nobody can tell), and a key is copied once in it. Each table's digest is
// kept with every batch. Thread: written by one owner (the sequencer; recovery before it runs);
// read by any thread with a pin.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/model.h"
#include "sql/evaluator.h"
#include "views/store/digest_history.h"
#include "views/store/reader_needs.h"
#include "views/store/versioned_map.h"
#include "views/tables/chunk_input.h"

namespace facet {

struct ColumnPlan;  // tables.cc: where a column's new value comes from

class Tables {
 public:
  explicit Tables(std::shared_ptr<const Model> model);
  ~Tables();

  enum class Outcome : uint8_t { ok, keyExists, keyMissing, nullKey, expressionFailed };
  struct Result {
    Outcome outcome = Outcome::ok;
    uint32_t table = 0;  // which one refused
    ErrorCode error{};   // expressionFailed
  };

  /// Begins a batch whose first event, if it gets one, has the position `first`.
  void beginBatch(Position first);
  /// Where an event comes from. The log has what was once accepted: also decimals of more than 18
  /// digits, made by `set`, which earlier versions took.
  enum class Origin : uint8_t { command, log };
  /// Folds one event. If it is not ok, nothing of this event was done.
  Result apply(uint32_t event, Row row, Position position, Origin origin);
  /// A place in the batch to go back to: everything applied after it is undone.
  struct Mark {
    size_t undo;
  };
  Mark mark();
  void undoTo(Mark mark);
  /// Ends the batch, whose last event has the position `last` (before `first`: none was kept). Its
  /// changes, in order of first touch; the pointers stay valid until the horizon passes the batch.
  std::vector<TableChange> endBatch(Position last);

  /// Drops what was written at positions after `last` (a refused commit).
  void rollback(Position last);
  /// A row as a snapshot has it at the position. Before any batch, and then restoreAt(). Tables are
  /// apart: several threads may restore one each.
  /// False: there is one of this key already. Room for all rows can be made first.
  void reserve(uint32_t table, uint64_t rows);
  bool restore(uint32_t table, std::string_view key, std::string_view rest, Position at);
  void restoreAt(Position at);
  void reclaim(const ReaderNeeds& needs, Position next);

  /// The newest row of a key (packed key row), pending ones too; null: none. Owner only.
  const Version* findNewest(uint32_t table, std::string_view key, uint64_t hash) const;
  const VersionedMap& map(uint32_t table) const { return *maps_[table]; }
  const Model& model() const { return *model_; }
  uint64_t bytes() const;

  /// Of a table's rows at a position not before the horizon: the sum of hash128(key and rest).
  uint128 digest(uint32_t table, Position at) const { return digests_[table].at(at); }
  /// The same, made anew from each row.
  uint128 digestOfRows(uint32_t table, Position at) const;

 private:
  struct WritePlan;
  struct Undo;
  Result applyWrite(const WritePlan& plan, Row row, Position position, Origin origin);
  static std::optional<ErrorCode> buildRow(const std::vector<ColumnPlan>& columns,
                                           const RowLayout& layout, const TableType& table,
                                           const EvalContext& context, Origin origin, bool key,
                                           RowBuilder& builder);
  void keepDigests(const std::vector<TableChange>& changes);
  static uint32_t columnOf(const TableType& table, bool key, size_t index);
  void change(uint32_t table, std::string_view key, uint64_t hash, const Version* current,
              std::string_view value, int64_t weight);

  std::shared_ptr<const Model> model_;
  std::vector<std::unique_ptr<VersionedMap>> maps_;
  std::vector<uint128> sums_;                  // the digests of the newest rows
  std::deque<DigestHistory> digests_;          // by table
  std::vector<std::vector<WritePlan>> plans_;  // by event
  std::vector<Undo> undo_;
  bool recording_ = false;  // since a mark: changes leave an Undo
  std::vector<TableChange> changes_;
  Position batch_;
  Arena arena_;
  RowBuilder keyBuilder_;
  RowBuilder restBuilder_;
};

}  // namespace facet
