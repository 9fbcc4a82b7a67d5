#include "bench/cpu_time.h"
#include "bench/order_requests.h"
#include "bench/setup.h"
#include "bench/view_totals.h"
#include "bench/workload.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr const char* kView = "revenue_by_product";
constexpr const char* kKey = "product_id";

void takeSnapshot(Connections& connections) {
  auto admin = connections[0].session().adminRequest().send().getAdmin();
  connections.wait(admin.snapshotCreateRequest().send());
}

}  // namespace

WorkloadResult runRestart(OwnServer& server, const WorkloadOptions& options) {
  FACET_ASSERT(options.plan.operations <= kMostProducts, options.plan.operations);
  const auto rows = static_cast<uint32_t>(options.plan.operations);
  TotalsByKey filled;
  WorkloadResult result;
  {
    Connections connections(server.address(), 1);
    registerShop(connections, kOrderCustomers);
    ExpectedTotals placed(kOrderCustomers, rows);
    const std::string token =
        placeOrderOfEachProduct(connections, newRun(), kOrderCustomers, rows, placed);
    filled = readTotals(connections, kView, kKey, token);
    result.problem = firstDifference({}, placed.byProduct(), filled);
    takeSnapshot(connections);
  }
  Histogram took;
  took.record(server.restart(), 1);
  result.measured.operations = rows;
  result.measured.latency = took;
  result.measured.service = took;
  result.measured.seconds = static_cast<double>(took.greatest()) / 1e9;
  result.serverCpuSeconds = cpuSecondsOf(server.process());

  Connections connections(server.address(), 1);
  if (result.problem.empty() && readTotals(connections, kView, kKey, {}) != filled) {
    result.problem = "after the restart the view holds something else";
  }
  return result;
}

}  // namespace facet
