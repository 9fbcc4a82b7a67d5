#include <random>

#include "bench/cpu_time.h"
#include "bench/order_requests.h"
#include "bench/setup.h"
#include "bench/workload.h"

namespace facet {
uint32_t newRun() {
  return std::random_device()();
}

WorkloadResult measure(Connections& connections, const WorkloadOptions& options,
                       Requests& requests) {
  const auto serverCpu = [&]() -> std::optional<double> {
    return options.serverProcess ? cpuSecondsOf(*options.serverProcess) : std::nullopt;
  };
  LoadLoop loop(options.plan, requests, connections.clock());
  const double client = ownCpuSeconds();
  const std::optional<double> server = serverCpu();
  connections.wait(loop.run());
  WorkloadResult out;
  out.clientCpuSeconds = ownCpuSeconds() - client;
  if (const auto now = serverCpu(); now && server) out.serverCpuSeconds = *now - *server;
  out.measured = loop.measured();
  return out;
}

WorkloadResult runOrders(Connections& connections, const WorkloadOptions& options) {
  registerShop(connections, kOrderCustomers);
  const OrderViews before = readOrderViews(connections, connections[0].lastToken());
  OrderRequests requests(connections, options.numbered);
  WorkloadResult result = measure(connections, options, requests);
  result.problem = requests.differenceIn(before, readOrderViews(connections, requests.token()));
  return result;
}

}  // namespace facet
