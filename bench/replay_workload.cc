#include "bench/cpu_time.h"
#include "bench/order_requests.h"
#include "bench/setup.h"
#include "bench/workload.h"

namespace facet {
WorkloadResult runReplay(OwnServer& server, const WorkloadOptions& options) {
  OrderViews before;
  OrderViews filled;
  WorkloadResult result;
  {
    Connections connections(server.address(), options.plan.connections);
    registerShop(connections, kOrderCustomers);
    before = readOrderViews(connections, connections[0].lastToken());
    OrderRequests requests(connections, options.numbered);
    result = measure(connections, options, requests);
    filled = readOrderViews(connections, requests.token());
    result.problem = requests.differenceIn(before, filled);
  }
  const double client = ownCpuSeconds();
  Histogram took;
  took.record(server.restart(), 1);
  result.measured.latency = took;
  result.measured.service = took;
  result.measured.seconds = static_cast<double>(took.greatest()) / 1e9;
  result.clientCpuSeconds = ownCpuSeconds() - client;
  result.serverCpuSeconds = cpuSecondsOf(server.process());

  Connections connections(server.address(), 1);
  if (result.problem.empty() && readOrderViews(connections, {}) != filled) {
    result.problem = "after the restart the views hold something else";
  }
  return result;
}

}  // namespace facet
