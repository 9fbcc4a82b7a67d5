// Twin: the same model and the same events in facet's engine and in PostgreSQL, to be compared view
// by view. Events go to both in chunks; the engine runs without threads, for any number of shards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/commands/sequencer.h"
#include "model/load.h"
#include "tests/differential/postgres.h"
#include "views/shard_runner.h"
#include "views/tables/row_source.h"

namespace facet::test {

/// An event to be: its type's place in the model, and its values as PostgreSQL takes them, by
/// field.
struct EventText {
  uint32_t event = 0;
  std::vector<std::string> values;
};

/// All views of a model, fed chunk by chunk.
class Engine {
 public:
  Engine(std::shared_ptr<const Model> model, uint32_t shards);

  /// Appends a chunk of events that the tables accept. Returns the position of its first event.
  Position apply(const std::vector<EventText>& events, int64_t time);

  /// A view's rows in the order of their texts, each as often as it is there; every value by way of
  /// the struct that it is in typed rows.
  TextRows rows(uint32_t view) const;
  /// A row by the view's key, found as readers do.
  bool finds(uint32_t view, const std::vector<std::string>& row) const;
  uint64_t errors(uint32_t view) const;
  /// One of the errors.
  std::string errorText(uint32_t view) const;
  uint128 digest(uint32_t view) const;
  TextRows tableRows(uint32_t table) const;
  const RowSource& source(uint32_t view) const { return *sources_[view]; }
  std::unique_ptr<RowSource> table(uint32_t table) const { return tableSource(tables_, table); }
  Position last() const { return last_; }

 private:
  TextRows rowsOf(const RowSource& source) const;

  std::shared_ptr<const Model> model_;
  Tables tables_;
  Sequencer sequencer_;
  std::vector<std::vector<std::unique_ptr<ViewShard>>> views_;
  std::vector<std::unique_ptr<RowSource>> sources_;
  Position last_;
};

/// Whether two results are the same; floats within 1e-12 of each other's size. `types` by column.
bool sameRows(const TextRows& facet, const TextRows& postgres, const std::vector<Type>& types);
/// The first differences, for messages.
std::string describeDifference(const TextRows& facet, const TextRows& postgres);

/// PostgreSQL's side of the same model.
class Oracle {
 public:
  explicit Oracle(Postgres& postgres) : postgres_(postgres) {}
  /// A fresh schema with the model's events and tables.
  void begin(const Model& model);
  void apply(const Model& model, const std::vector<EventText>& events, Position first,
             int64_t time);
  /// Makes a table hold just these rows.
  void setTable(const TableType& table, const TextRows& rows);
  /// What the SELECT answers now.
  bool select(const std::string& sql, TextRows& rows, std::string& error);

 private:
  Postgres& postgres_;
};

}  // namespace facet::test
