// OpenScan: a scan or query, and its pinned cut: binds its text, pins a cut, and makes rows in
// slices on the pool's threads; between two pages it waits for its client. Thread: belongs to its
// event loop; while a page is made, to the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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

/// What a scan or query is over, and what it asks for.
struct BoundRead {
  const LiveRelation* live;
  Select select;
};

class OpenScan final : public ReadPool::Job {
 public:
  /// Counts against the session's and the thread's limits. `bind` is called with the first page, on
  /// one of the pool's threads: it owns what it looks at.
  OpenScan(RpcThread& thread, ScanOwner owner, ReadDemand demand, std::function<BoundRead()> bind);

  /// Asks for a page, which is made by step(): failing expressions and too large sorts are
  /// exceptions.
  void begin(PageLimits limits);
  bool step() override;

  // ---- once a page is made ----

  RowPage& page() { return *page_; }
  /// There are rows after this page.
  bool more() const { return more_; }
  const ReadCut& cut() const { return cut_; }
  const LiveRelation& live() const { return *live_; }

 private:
  void open();
  /// False: the page is full, and one row more is in carry_.
  bool takeReady();

  CursorTable::Place place_;
  Node& node_;
  const ReadDemand demand_;
  const std::function<BoundRead()> bind_;  // kept: the query may point to what it owns
  const LiveRelation* live_ = nullptr;     // null: it is not bound yet
  ReadCut cut_;
  std::optional<Query> query_;
  PageLimits limits_;
  std::optional<RowPage> page_;
  std::optional<RowPage> carry_;  // at most one row: the first of the next page
  bool finished_ = false;         // the query has nothing more to work on
  bool more_ = false;
};

/// Makes a page of the scan beside the event loop, and gives the scan back.
kj::Promise<kj::Own<OpenScan>> makePage(RpcThread& thread, uint64_t client, kj::Own<OpenScan> scan,
                                        PageLimits limits);

}  // namespace facet
