// QueryBlock: one block of a query (sql/select.h), run in slices: filters the rows of its inputs,
// groups them or not, and makes the rows that it answers. Thread: belongs to its query.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "views/query/block_rows.h"
#include "views/query/over_values.h"
#include "views/query/query_budget.h"
#include "views/query/query_groups.h"
#include "views/query/result_rows.h"

namespace facet {

class QueryBlock {
 public:
  /// `select` is rewritten (views/rewrites/rewrite.h), and outlives it, as the sources do.
  QueryBlock(const QuerySources& sources, const Select& select, Position at, QueryBudget& budget);
  ~QueryBlock();

  /// Works until the slice, of which something is left, is over. Returns false when all results are
  /// there. Throws QueryError.
  bool step(QuerySlice& slice);
  /// What is ready: until the next step.
  ResultRows& results() { return results_; }

  /// The budget hears of what was taken since.
  void giveBack() { part_.giveBack(bytes()); }

  bool goOnBehind(std::string_view bookmark);
  std::string bookmark() const;

 private:
  std::unique_ptr<BlockRows> makeRows(const QuerySources& sources, Position at);
  void compile();
  void visitRow(uint64_t times);
  void addGroup(const EvalContext& context, uint64_t times);
  void emit(const EvalContext& context, const Version* version, uint64_t times);
  void finish();
  void checkRow(const std::vector<Value>& row) const;
  /// That it holds itself.
  uint64_t bytes() const {
    return arena_.bytes() + results_.bytes() + (groups_ ? groups_->bytes() : 0);
  }
  void account() { part_.set(bytes(), arena_.work().total()); }

  const Select& select_;
  QueryBudget& budget_;
  QueryBudget::Part part_;
  Arena arena_;  // results that are ready, until the next step; of a sort or grouping: one row
  std::vector<uint32_t> used_;        // columns of a relation that are looked at
  RelationRows* relation_ = nullptr;  // rows_, if they are a relation's
  std::unique_ptr<BlockRows> rows_;
  std::unique_ptr<QueryGroups> groups_;
  std::vector<ValueProgram> where_, groupBy_, arguments_, filters_, outputs_, orderBy_;
  ValueProgram having_;
  ResultRows results_;
  size_t maxRowBytes_;
  bool done_ = false;  // all rows were looked at
  Arena::Mark mark_;   // of the arena before the row that is looked at

  // Memory that is used again.
  std::vector<Value> groupValues_, argumentValues_;
  std::vector<bool> passes_;
};

}  // namespace facet
