// BlockRows: the rows of a block's inputs, one after another, as the values of their columns, in
// slices. What a block does to them is QueryBlock's. Thread: belongs to its query.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "views/query/query_access.h"
#include "views/query/query_budget.h"
#include "views/tables/row_source.h"

namespace facet {

class BlockRows {
 public:
  virtual ~BlockRows() = default;

  /// Where a column's value stands in values().
  virtual uint32_t placeOf(uint32_t input, uint32_t column) const = 0;
  /// Of the row that is visited: valid during the visit, in so far as they are looked at.
  virtual const Value* values() const = 0;
  /// Visits rows until the slice, of which something is left, is over, or `visit(times)` says
  /// false. `times`: how often the row is there. Returns false when all were visited. Throws
  /// QueryError.
  virtual bool step(QuerySlice& slice, const std::function<bool(uint64_t times)>& visit) = 0;
};

/// Those of one relation. Texts stay as long as the pin, or are in the arena.
class RelationRows final : public BlockRows {
 public:
  /// `select`: the block; `used`: the columns that anything looks at, known before the first step.
  RelationRows(const RowSource& source, const Select& select, Position at, Arena& arena,
               const std::vector<uint32_t>& used);

  uint32_t placeOf(uint32_t, uint32_t column) const override { return column; }
  const Value* values() const override { return values_.data(); }
  bool step(QuerySlice& slice, const std::function<bool(uint64_t times)>& visit) override;

  /// Rows come as ORDER BY wants them.
  bool inOrder() const { return access_.inOrder; }
  /// The row that is visited.
  const Version* version() const { return version_; }
  /// A row's bookmark: a later query can go on behind it. Empty: it can't.
  std::string bookmarkBehind(const Version& row) const;
  /// Before the first step. False: the bytes, which may be anything, are no bookmark.
  bool goOnBehind(std::string_view bookmark);

 private:
  std::optional<size_t> order() const;

  const RowSource& source_;
  const Position at_;
  Arena& arena_;
  const std::vector<uint32_t>& used_;
  const QueryAccess access_;
  RowSource::Cursor cursor_;
  std::vector<Value> values_;
  const Version* version_ = nullptr;
};

}  // namespace facet
