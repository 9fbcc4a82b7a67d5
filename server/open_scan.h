// OpenScan: a scan or query under way at its pinned cut: makes rows in slices, so that others on
// the same RPC thread are not held up, and hands them out in pages. Thread: belongs to its event
// loop.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <span>
#include <vector>

#include "server/rpc_thread.h"
#include "sql/evaluator.h"
#include "views/query.h"

namespace facet {

/// Rows that are ready to be encoded. Owns their bytes.
class RowPage {
 public:
  explicit RowPage(size_t columns) : columns_(columns) {}

  void add(std::span<const Value> row);
  void clear();
  size_t rows() const { return rows_; }
  /// Bytes held: about what the encoded rows take.
  size_t bytes() const { return values_.size() * 8 + textBytes_; }
  std::span<const Value> row(size_t i) const { return {values_.data() + i * columns_, columns_}; }

  /// Writes all rows as a list of structs.
  void encode(const RowEncoder& encoder, capnp::AnyPointer::Builder out) const;
  /// Words that `encode` will need, for size hints.
  size_t words(const RowEncoder& encoder) const;

 private:
  const size_t columns_;
  size_t rows_ = 0;
  size_t textBytes_ = 0;
  std::vector<Value> values_;
  Arena arena_;
};

struct PageLimits {
  size_t rows = 0;
  size_t bytes = 0;
};

class OpenScan {
 public:
  /// Counts against the session's and the thread's limits.
  OpenScan(RpcThread& thread, ScanOwner owner, RelationPlan& plan, Select select, ReadCut cut);

  const RelationPlan& plan() const { return plan_; }
  const ReadCut& cut() const { return cut_; }
  const std::vector<OutputColumn>& outputs() const { return query_.outputs(); }

  /// Fills a page. True: there are more rows after it. Failing expressions and too large sorts are
  /// exceptions. The scan and the page outlive the promise.
  kj::Promise<bool> fill(RowPage& page, PageLimits limits);

 private:
  kj::Promise<bool> fillUntil(RowPage& page, PageLimits limits, kj::TimePoint deadline);
  /// False: the page is full, and one row more is in carry_.
  bool takeReady(RowPage& page, PageLimits limits);
  bool slice(RowPage& page, PageLimits limits);

  RpcThread& thread_;
  CursorTable::Place place_;
  const RelationPlan& plan_;
  ReadCut cut_;
  Query query_;
  RowPage carry_;          // at most one row: the first of the next page
  bool finished_ = false;  // the query has nothing more to work on
};

}  // namespace facet
