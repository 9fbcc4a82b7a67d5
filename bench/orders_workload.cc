#include <random>

#include "bench/cpu_time.h"
#include "bench/order_requests.h"
#include "bench/setup.h"
#include "bench/workload.h"

namespace facet {

namespace {

/// Has the server take one snapshot after the other.
class SnapshotLoop {
 public:
  explicit SnapshotLoop(AsyncClient& client)
      : admin_(client.session().adminRequest().send().getAdmin()) {}

  /// Ends with the first that fails, or that ends after stop().
  kj::Promise<void> run() {
    ++taken_;
    return admin_.snapshotCreateRequest().send().ignoreResult().then([this]() -> kj::Promise<void> {
      if (stopping_) return kj::READY_NOW;
      return run();
    });
  }
  void stop() { stopping_ = true; }
  unsigned taken() const { return taken_; }

 private:
  wire::Admin::Client admin_;
  unsigned taken_ = 0;
  bool stopping_ = false;
};

VisibleTimes visibleTimes(Connections& connections) {
  auto admin = connections[0].session().adminRequest().send().getAdmin();
  const auto answer = connections.wait(admin.statusRequest().send());
  const auto lag = answer.getStatus().getVisibleLag();
  const auto milliseconds = [](uint64_t micros) { return static_cast<double>(micros) / 1000; };
  return {milliseconds(lag.getP50()), milliseconds(lag.getP99()), milliseconds(lag.getMax())};
}

}  // namespace

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
  WorkloadResult out;
  if (options.snapshots) {
    SnapshotLoop snapshots(connections[0]);
    auto taking = snapshots.run().eagerlyEvaluate(nullptr);
    connections.wait(loop.run());
    out.snapshots = snapshots.taken();
    snapshots.stop();
    connections.wait(kj::mv(taking));
  } else {
    connections.wait(loop.run());
  }
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
  result.visible = visibleTimes(connections);
  result.problem = requests.differenceIn(before, readOrderViews(connections, requests.token()));
  return result;
}

}  // namespace facet
