// Query: a SELECT or a scan over views and tables at one position, run in slices, so that a long
// one does not hold up the other clients of its thread. A tree of blocks (query_block.h), each of
// which takes the rows of those below it as it needs them: nothing is kept but what is sorted,
// grouped, or looked up in a join. Thread: belongs to whoever runs it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/select.h"
#include "views/query/limits.h"
#include "views/tables/row_source.h"

namespace facet {

/// Where a query's memory comes from. Thread: the query's.
class QueryMemory {
 public:
  /// Bytes that the query may hold from now on, `bytes` at least; 0: it can't have them.
  virtual uint64_t growTo(uint64_t bytes) = 0;

 protected:
  ~QueryMemory() = default;
};

/// Bounds of one query.
struct QueryLimits {
  uint64_t maxRows = 0;   // rows that a sort or grouping may hold
  uint64_t maxBytes = 0;  // all memory that it may hold: Query::bytes()
  uint64_t maxWork = 0;   // of all its expressions together (sql/work.h); 0: no bound
  /// Set by any thread: the query ends soon with QueryInterrupted, also inside of one expression or
  /// a sort. It outlives the query. nullptr: nobody stops it.
  const std::atomic<bool>* stop = nullptr;
  /// Is asked before it holds more; outlives the query. nullptr: there is enough.
  QueryMemory* memory = nullptr;
};

/// The query needs more than it may have, or an expression failed: text as PostgreSQL's.
class QueryError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// QueryLimits::stop was set.
class QueryInterrupted : public QueryError {
  using QueryError::QueryError;
};

/// QueryLimits::memory had no more.
class QueryStarved : public QueryError {
  using QueryError::QueryError;
};
constexpr std::string_view kStarved =
    "what clients ask for takes all the memory that there is for it just now; try again in a "
    "moment, narrow the query with WHERE, or make a view of it";

/// Where a query finds the rows of what it reads. Outlives it.
class QuerySources {
 public:
  virtual const RowSource& rowsOf(const Relation& relation) const = 0;

 protected:
  ~QuerySources() = default;
};

class QueryBlock;
class QueryBudget;

class Query {
 public:
  /// A whole SELECT (bindQuery()), or a scan: filter, order and limit over the columns of a
  /// relation as they are (scanSelect()). The caller holds a pin at `at`. Throws QueryInterrupted:
  /// constants are evaluated here.
  Query(const QuerySources& sources, Select select, Position at, QueryLimits limits);
  /// The same over one relation. `source` outlives the query.
  Query(const RowSource& source, Select select, Position at, QueryLimits limits);
  ~Query();

  /// Names and types of the result's columns.
  const std::vector<OutputColumn>& outputs() const;

  /// Looks at no more than `rows` rows of its inputs, and ends earlier once its expressions took
  /// `work` (sql/work.h). Returns false when all results are there. Throws QueryError.
  bool step(uint64_t rows, uint64_t work = kQuerySliceWork);

  /// Before the first step: goes on behind a bookmark() of the same query of another cut. False:
  /// the bytes, which may be anything, are none.
  bool goOnBehind(std::string_view bookmark);

  /// How often next() gives the next row that is ready; 0: none is.
  uint64_t ready() const;
  /// Takes result rows that are ready, in order; values stay valid until the next step or take.
  /// nullptr: none ready now.
  const std::vector<Value>* next();

  /// Where the row stands that next() gave last, so that another query can go on behind it at
  /// another cut. Empty: it can't; rows were sorted or grouped, or more of the same row are ready.
  std::string bookmark() const;
  /// next() gives the row that it gave last once more: it is there several times.
  bool repeats() const;

  /// Bytes that it holds now: groups, rows to sort, texts that were made, results that are ready.
  uint64_t bytes() const;

 private:
  class OneSource;

  std::unique_ptr<const OneSource> one_;
  const Select select_;
  std::unique_ptr<QueryBudget> budget_;
  std::unique_ptr<QueryBlock> block_;
};

/// A Select for a scan: all columns of the relation, with filter and order if given. Throws
/// SqlError.
Select scanSelect(const Relation& relation, std::string_view filter, std::string_view order,
                  std::optional<uint64_t> limit);

}  // namespace facet
