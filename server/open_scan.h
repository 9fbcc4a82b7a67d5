// OpenScan: a scan or query, and its pinned cut: binds its text, pins a cut, and makes rows in
// slices on the pool's threads; between two pages it waits for its client. Thread: belongs to its
// event loop; while a page is made, to the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "server/session.h"
#include "sql/evaluator.h"
#include "views/query/query.h"

namespace facet {

/// Rows that are ready to be encoded. Owns their bytes.
class RowPage {
 public:
  explicit RowPage(size_t columns) : columns_(columns) {}

  void add(std::span<const Value> row);
  void clear();
  size_t rows() const { return rows_; }
  /// About what the encoded rows take.
  size_t bytes() const { return values_.size() * 8 + textBytes_; }
  /// Bytes of memory that it holds.
  size_t held() const { return values_.capacity() * sizeof(Value) + arena_.bytes(); }
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
  std::vector<const LiveRelation*> lives;  // each once
  Select select;
  std::string behind = {};  // not empty: it goes on behind OpenScan::behind() of another cut
};

class OpenScan final : public ReadPool::Job, private QueryMemory, private QuerySources {
 public:
  /// Counts against the session's and the thread's limits, and what it holds against its client's
  /// memory. `bind` is called with the first page, on one of the pool's threads: it owns what it
  /// looks at.
  OpenScan(SessionState& session, ReadDemand demand, std::function<BoundRead()> bind);

  /// Asks for a page, which is made by step(): failing expressions and too large sorts are
  /// exceptions.
  void begin(PageLimits limits);
  bool step() override;
  std::string tooLate(kj::Duration most) const override;

  // ---- once a page is made ----

  RowPage& page() { return *page_; }
  /// Drops the page: it has been encoded.
  void endPage();
  /// There are rows after this page.
  bool more() const { return more_; }
  const ReadCut& cut() const { return cut_; }
  /// Whether it is a scan of the relation.
  bool isOf(const LiveRelation& live) const { return lives_.front() == &live; }
  /// Where the page ended, so that another scan can go on there at another cut, also at another
  /// node of the log. Empty: none can.
  std::string behind() const;
  /// Bytes that it holds.
  uint64_t held() const { return memory_.bytes(); }

 private:
  void open();
  bool slice();
  uint64_t growTo(uint64_t bytes) override;
  const RowSource& rowsOf(const Relation& relation) const override;
  uint64_t heldBeside() const;
  /// False: the page is full, and there are more.
  bool takeReady();

  CursorTable::Lease lease_;
  kj::Own<ClientBudget> budget_;
  MemoryHold memory_;  // of the budget's
  Node& node_;
  const ReadDemand demand_;
  const std::function<BoundRead()> bind_;   // kept: the query may point to what it owns
  std::vector<const LiveRelation*> lives_;  // what it reads
  ReadCut cut_;
  std::optional<Query> query_;
  PageLimits limits_;
  std::optional<RowPage> page_;
  bool finished_ = false;  // the query has nothing more to work on
  bool more_ = false;
};

/// Makes a page of the scan beside the event loop, and gives the scan back.
kj::Promise<kj::Own<OpenScan>> makePage(SessionState& session, kj::Own<OpenScan> scan,
                                        PageLimits limits);

}  // namespace facet
