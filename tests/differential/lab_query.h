// Queries over the lab's views and tables: how they are run, in slices as a server does, and
// compared to PostgreSQL. Thread: the test's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/differential/compare.h"
#include "tests/differential/lab_round.h"
#include "views/query/query.h"

namespace facet::test {

constexpr QueryLimits kLabLimits = {1'000'000, uint64_t{1} << 30};

/// What was seen.
struct Seen {
  Coverage coverage;
  int pairs = 0;
  int nonEmpty = 0;
  int failed = 0;
  int refused = 0;
  int beyondLimits = 0;
};

/// A relation that is asked, and what may be used of it.
struct Asked {
  const RowSource* source;
  std::string name;
  std::vector<LabColumn> columns;  // by bare name
  bool whole = true;               // all of its columns can be used
  bool table = false;
};

/// What facet says: rows in their order, or why not.
struct Answer {
  TextRows rows;
  std::string error;
  bool refused = false;  // by the binder
};

/// The relations that a query may name.
class LabSources final : public QuerySources {
 public:
  void add(const RowSource& source) { sources_[source.relation().name] = &source; }
  const RowSource& rowsOf(const Relation& relation) const override {
    return *sources_.at(relation.name);
  }

 private:
  std::map<std::string, const RowSource*> sources_;
};

/// Runs in slices of random sizes.
Answer runQuery(const QuerySources& sources, const std::function<Select()>& bind, Position at,
                ExprMaker& make);

std::string sqlLiteral(const std::string& text);

/// Compares an answer.
void checkAnswer(Answer answer, bool answered, TextRows expected, const std::string& error,
                 const std::vector<LabOutput>& outputs, const LabOrder& order, Seen& seen);

/// Runs rounds from FACET_SEED on, FACET_ROUNDS of them or so many, says what was seen, and returns
/// how many there were.
uint64_t runRounds(uint64_t otherwise,
                   const std::function<void(Postgres&, uint64_t seed, Seen&)>& checkRound,
                   Seen& seen);

std::vector<Asked> relationsOf(const LabRound& round,
                               const std::vector<std::unique_ptr<RowSource>>& tables);

}  // namespace facet::test
