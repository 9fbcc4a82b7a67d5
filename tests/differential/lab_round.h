// A round over the lab: random views, their engines for one shard and for several, and PostgreSQL,
// fed with the same random events. Thread: the test's.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/differential/lab.h"
#include "tests/differential/lab_sql.h"
#include "tests/differential/twin.h"

namespace facet::test {

/// A number from the environment.
uint64_t fromEnvironment(const char* name, uint64_t otherwise);

/// Whether an error is about numbers that facet does not have and PostgreSQL has (docs/sql.md).
bool isBeyondLimits(const std::string& error);

/// Fails for each name that was never seen; prints how often the rarest was.
void demandCoverage(const Coverage& seen, const std::vector<std::string>& demanded);

class LabRound {
 public:
  /// `failing` of the views have expressions that may fail.
  LabRound(Postgres& oracle, uint64_t seed, uint32_t views, uint32_t failing, Coverage& coverage);
  /// A chunk of events more, for all; cut differently for the engine of several shards.
  void advance();

  Postgres& postgres;
  std::vector<LabSelect> selects;  // view v0, v1, …
  std::shared_ptr<const Model> model;
  std::mt19937_64 random;
  Engine one;
  Engine many;

 private:
  std::shared_ptr<const Model> load(uint64_t seed, uint32_t views, uint32_t failing,
                                    Coverage& coverage);
  Oracle oracle_;
  LabEvents events_;
};

}  // namespace facet::test
