// Random views over a fixed model, and random events for it: from a seed. The views stay within the
// supported subset, without expressions that can fail (errors have tests of their own).
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/differential/twin.h"

namespace facet::test {

/// The fixed model: sales, and the customers and products that they name; customers name each
/// other.
extern const char* const kMarketModel;

class RandomSql {
 public:
  explicit RandomSql(uint64_t seed) : random_(seed) {}
  /// A SELECT for a view. `clauses` gets the names of what it uses.
  std::string select(std::set<std::string>& clauses);

 private:
  struct Scope;
  size_t pick(size_t n) { return random_() % n; }
  bool chance(size_t percent) { return pick(100) < percent; }
  std::string fromClause(Scope& scope, std::set<std::string>& clauses);
  std::string fromTables(Scope& scope, std::set<std::string>& clauses);
  std::string column(const Scope& scope, const char* type);
  std::string integer(const Scope& scope, int depth);
  std::string number(const Scope& scope, int depth);
  std::string text(const Scope& scope, int depth);
  std::string date(const Scope& scope, int depth);
  std::string condition(const Scope& scope, int depth);
  std::string groupKey(const Scope& scope);
  std::string aggregate(const Scope& scope);
  std::mt19937_64 random_;
};

/// Random events whose writes the tables accept.
class RandomEvents {
 public:
  RandomEvents(const Model& model, uint64_t seed) : model_(model), random_(seed) {}
  std::vector<EventText> chunk(size_t events);

 private:
  EventText make(const std::string& name, std::map<std::string, std::string> values) const;
  size_t pick(size_t n) { return random_() % n; }
  const Model& model_;
  std::mt19937_64 random_;
  std::set<std::string> customers_;
  int64_t nextSale_ = 1;
};

}  // namespace facet::test
