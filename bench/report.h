// What a benchmark prints: one JSON object (firm: scripts rely on the names), or a table for
// people. Thread: pure functions.
#pragma once

#include <string>

#include "bench/workload.h"

namespace facet {

struct Report {
  std::string workload;
  LoadPlan plan;
  WorkloadResult result;
};

std::string reportJson(const Report& report);
std::string reportText(const Report& report);

}  // namespace facet
