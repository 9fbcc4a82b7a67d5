// JoinedRows: the rows of several blocks, joined; or of one. The first input is read row by row,
// and each row looks for those that meet it in the others: by the key of a view or table, which
// keeps nothing; else in a table of hashes that the input is read into first. Stops between any two
// rows that it looks at. Thread: belongs to its query.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "views/query/block_rows.h"
#include "views/query/over_values.h"
#include "views/query/row_table.h"
#include "views/rewrites/join_order.h"

namespace facet {

class QueryBlock;

class JoinedRows final : public BlockRows {
 public:
  /// `select`: a block whose inputs are blocks.
  JoinedRows(const QuerySources& sources, const Select& select, Position at, QueryBudget& budget);
  ~JoinedRows() override;

  uint32_t placeOf(uint32_t input, uint32_t column) const override {
    return firsts_[input] + column;
  }
  const Value* values() const override { return values_.data(); }
  bool step(QuerySlice& slice, const std::function<bool(uint64_t times)>& visit) override;

 private:
  struct Lookup;
  struct Level;

  Level makeLevel(const QuerySources& sources, const Select& select, JoinStep step, Position at);
  bool fill(Level& level, QuerySlice& slice);
  void keep(Level& level, const std::vector<Value>& row, uint64_t times);
  enum class Found : uint8_t { row, none, later };
  Found nextRow(size_t level, QuerySlice& slice);
  Found nextOfFirst(Level& level, QuerySlice& slice);
  void enter(Level& level);
  bool nextPartner(Level& level);
  bool nextAlone(Level& level, QuerySlice& slice);
  bool lookUp(Level& level);
  bool makeKey(const std::vector<ValueProgram>& programs, RowBuilder& builder);
  bool allHold(const std::vector<ValueProgram>& conditions);
  EvalContext context();
  void account();

  QueryBudget& budget_;
  QueryBudget::Part part_;
  Arena arena_;                   // of expressions over the row that is looked at
  std::vector<uint32_t> firsts_;  // by input: where its columns begin in values_
  std::vector<Value> values_;
  std::vector<Level> levels_;           // in the order of the join
  std::vector<const Lookup*> lookups_;  // theirs
  uint64_t tableBytes_ = 0;             // of their tables
  size_t filling_ = 1;                  // levels before it are ready
  size_t at_ = 0;                       // the level that looks for its next row
};

}  // namespace facet
