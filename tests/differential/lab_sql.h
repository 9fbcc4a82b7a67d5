// Random SELECTs over the lab, for views: every shape of FROM, WHERE, GROUP BY, HAVING, aggregates,
// and indexes. Thread: the test's.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/differential/shapes.h"

namespace facet::test {

/// An output column, and how it is compared.
struct LabOutput {
  std::string sql;
  std::string type;
  Likeness likeness = Likeness::same;
  /// nearby: what it may be off by is 1e-12 of this, as SQL: the sum of magnitudes.
  std::string magnitude = {};
};

struct LabSelect {
  std::vector<LabOutput> outputs;    // called x0, x1, …
  bool star = false;                 // they are all columns of one relation, in order
  std::string tail;                  // FROM and all that follows
  std::vector<std::string> indexes;  // column lists
  std::string uniqueKey;             // columns of a UNIQUE INDEX; empty: there is none
  size_t aggregates = 0;
  bool failing = false;  // an expression may fail

  std::string sql() const;
  /// The same, with the magnitudes of its nearby outputs behind them.
  std::string sqlWithMagnitudes() const;
};

/// How the rows of a query are sorted.
struct LabOrder {
  std::vector<size_t> columns;  // outputs that show it
  bool total = false;           // whether every row has its place
  bool cut = false;             // by LIMIT or OFFSET
};

class LabSql {
 public:
  LabSql(uint64_t seed, Coverage& coverage)
      : random_(seed), coverage_(coverage), make_(random_, coverage) {}
  /// `failing`: its expressions may fail. `turn`: which shape it has in any case: over some hundred
  /// turns all of them.
  LabSelect select(bool failing, uint64_t turn);
  /// A SELECT over one relation, for a query: `source` is what stands in FROM, `where` conditions
  /// that it has in any case.
  LabSelect query(const std::string& source, ExprMaker::Scope scope,
                  std::vector<std::string> where);
  /// ORDER BY, LIMIT and OFFSET for it.
  std::string orderAndLimit(const LabSelect& select, const ExprMaker::Scope& scope,
                            LabOrder& order);
  /// A list for ORDER BY of the columns, shuffled, with directions.
  std::string orderList(std::vector<std::string> columns);
  std::string condition(const ExprMaker::Scope& scope) { return make_.make(scope, "b", 2); }
  ExprMaker& maker() { return make_; }

 private:
  using Scope = ExprMaker::Scope;
  std::string from(Scope& scope, std::vector<std::string>& conditions);
  void plain(LabSelect& select, const Scope& scope);
  void grouped(LabSelect& select, Scope& scope);
  std::string groupBy(LabSelect& select, const Scope& scope, size_t keys, Scope& above);
  void aggregates(LabSelect& select, const Scope& scope, Scope& above);
  LabOutput aggregate(const Scope& scope, bool& filtered);
  /// `above`: first the group's keys, then aggregates.
  std::string having(const Scope& scope, const Scope& above, size_t keys);
  void addIndexes(LabSelect& select, size_t keys);
  std::string outputType(const Scope& scope);
  void saw(const std::string& clause) { ++coverage_["clause: " + clause]; }

  std::mt19937_64 random_;
  const Shape* turn_ = nullptr;
  Coverage& coverage_;
  ExprMaker make_;
};

/// The clauses that LabSql can make, as the coverage names them.
const std::vector<std::string>& labClauses();

}  // namespace facet::test
