// What the tests of the engine are written with: a model of declarations and views; engines that
// take its events, fold the tables and keep the views, with any number of shards; rows as text.
#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/load.h"
#include "model/record.h"
#include "views/shard_runner.h"
#include "views/tables/row_source.h"
#include "views/tables/tables.h"

namespace facet::test {

using ModelPtr = std::shared_ptr<const Model>;
using Lines = std::vector<std::string>;

/// A model of one .capnp file with these declarations, and one views.sql.
ModelPtr engineModel(const std::string& declarations, const std::string& views);

/// Regions, customers and orders: the tables' rows are set and erased by events (region_set,
/// region_erased, …); sale is an event that writes nothing.
extern const char* const kSales;

/// An event with its fields as text, in the order of the struct: "sale c1 12.50 -": `-` is NULL.
struct EventText {
  std::string name;
  Lines fields;
};
EventText parseEvent(const std::string& text);

/// The packed row of an event.
std::vector<uint64_t> packEvent(const Model& model, const EventText& event);
uint32_t eventIndex(const Model& model, const std::string& name);

/// "a|NULL|1.50": all columns.
std::string rowText(const RowSource& source, const Version& row);

class Engine {
 public:
  explicit Engine(ModelPtr model, uint32_t shards = 1);

  /// An event for the chunk that is being made. Whether the tables took it.
  bool add(const std::string& event) { return add(parseEvent(event)); }
  bool add(const EventText& event);
  /// The next events are of another batch of the same chunk.
  void endBatch();
  /// Ends the chunk: the views apply it.
  void commit();
  /// add each, and commit.
  void chunk(const Lines& events);

  /// A chunk by which the view takes back the event that came at the position, the last of its
  /// chunk.
  void skip(const std::string& view, const std::string& event, Position at);

  /// Another engine with this one's state, as a snapshot carries it, from before `held` (if the
  /// views stood there: their rows of then) to now. Between chunks.
  std::unique_ptr<Engine> copy(uint32_t shards, std::optional<Position> held = {}) const;

  /// The rows of a view, sorted, each as often as it is there; at an older position, if the horizon
  /// has not passed it.
  Lines rows(const std::string& view) const { return rows(view, last_); }
  Lines rows(const std::string& view, Position at) const;
  /// In the order of an index, with cursors of `slice` rows.
  Lines ordered(const std::string& view, size_t order, bool reverse = false,
                const std::string& prefix = "", size_t slice = 1000) const;
  /// The row with the key, or "none".
  std::string get(const std::string& view, const Lines& key) const;
  uint64_t errors(const std::string& view) const;
  std::string errorText(const std::string& view) const;
  uint128 digest(const std::string& view) const { return digest(view, last_); }
  uint128 digest(const std::string& view, Position at) const;
  /// What digest must be: made from the rows as readers see them.
  uint128 digestOfRows(const std::string& view) const;
  uint64_t rowCount(const std::string& view) const;
  uint64_t bytes(const std::string& view) const;

  const Model& model() const { return *model_; }
  const Tables& tables() const { return tables_; }
  const RowSource& source(const std::string& view) const { return *viewOf(view).source; }
  Position last() const { return last_; }
  /// Old rows stay from here on; the last position if it is not set.
  void holdHorizon(Position at) { horizon_ = at; }
  void releaseHorizon() { horizon_.reset(); }
  std::optional<Position> horizon() const { return horizon_; }

 private:
  struct View {
    std::vector<std::unique_ptr<ViewShard>> shards;
    std::unique_ptr<RowSource> source;
  };
  const View& viewOf(const std::string& name) const;
  void beginBatch();
  static void copyPart(const View& from, View& to, StatePart part, Position at);
  void apply(View& view, const ChunkInput& input);
  void applyAll(const ChunkInput& input);

  ModelPtr model_;
  uint32_t shards_;
  Tables tables_;
  std::vector<View> views_;
  Position last_;  // of the last chunk
  Position next_{1};
  std::optional<Position> horizon_;
  bool inBatch_ = false;
  BlockBuilder block_;
  std::vector<std::vector<uint64_t>> blocks_;
  std::vector<TableChange> changes_;
};

/// The lines, for comparisons that print well.
std::string text(const Lines& lines);

#define CHECK_LINES(actual, ...) \
  BOOST_CHECK_EQUAL(::facet::test::text(actual), ::facet::test::text(Lines __VA_ARGS__))

}  // namespace facet::test
