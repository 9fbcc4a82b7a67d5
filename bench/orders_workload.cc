#include <random>

#include "bench/cpu_time.h"
#include "bench/order_writer.h"
#include "bench/setup.h"
#include "bench/view_totals.h"
#include "bench/workload.h"

namespace facet {
namespace {

constexpr uint32_t kCustomers = 10'000;

struct ViewName {
  const char* view;
  const char* key;
  TotalsByKey (ExpectedTotals::*expected)() const;
};

constexpr ViewName kViews[] = {
    {"revenue_by_region", "region", &ExpectedTotals::byRegion},
    {"revenue_by_product", "product_id", &ExpectedTotals::byProduct},
    {"customer_totals", "customer_id", &ExpectedTotals::byCustomer},
};

class OrderRequests final : public Requests {
 public:
  OrderRequests(Connections& connections, bool numbered)
      : connections_(connections),
        run_(newRun()),
        orders_(run_, kCustomers),
        expected_(kCustomers),
        numbers_(numbered ? connections.size() : 0) {}

  kj::Promise<void> send(unsigned connection, unsigned operations) override {
    AsyncClient& client = connections_[connection];
    Batch batch = client.batch(1, operations * kOrderWords);
    auto commands = batch.add<bench::PlaceOrder>("PlaceOrder", operations);
    for (unsigned i = 0; i < operations; ++i) {
      const Order order = orders_.next();
      expected_.add(order);
      writeOrder(order, run_, commands[i]);
    }
    if (!numbers_.empty()) {
      Numbers& numbers = numbers_[connection];
      batch.number(numbers.client, numbers.next);
      numbers.next += operations;
    }
    return client.submit(kj::mv(batch), {.retries = 0}).then([this](BatchReply reply) {
      requireAccepted(reply);
      if (reply.position <= position_) return;
      position_ = reply.position;
      token_ = kj::mv(reply.token);
    });
  }

  const ExpectedTotals& expected() const { return expected_; }
  /// Covers everything that was answered.
  const std::string& token() const { return token_; }

 private:
  struct Numbers {
    ClientUuid client = randomUuid();
    uint64_t next = 1;
  };

  Connections& connections_;
  const uint32_t run_;
  OrderStream orders_;
  ExpectedTotals expected_;
  std::vector<Numbers> numbers_;  // by connection, if numbered
  uint64_t position_ = 0;
  std::string token_;
};

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
  connections.wait(loop.run());
  WorkloadResult out;
  out.clientCpuSeconds = ownCpuSeconds() - client;
  if (const auto now = serverCpu(); now && server) out.serverCpuSeconds = *now - *server;
  out.measured = loop.measured();
  return out;
}

WorkloadResult runOrders(Connections& connections, const WorkloadOptions& options) {
  for (const ViewName& name : kViews) findTotals(connections, name.view, name.key);
  registerShop(connections, kCustomers);
  std::vector<TotalsByKey> before;
  for (const ViewName& name : kViews) {
    before.push_back(readTotals(connections, name.view, name.key, connections[0].lastToken()));
  }
  OrderRequests requests(connections, options.numbered);
  WorkloadResult result = measure(connections, options, requests);
  for (size_t i = 0; i < std::size(kViews) && result.problem.empty(); ++i) {
    const ViewName& name = kViews[i];
    const TotalsByKey after = readTotals(connections, name.view, name.key, requests.token());
    const std::string difference =
        firstDifference(before[i], (requests.expected().*name.expected)(), after);
    if (!difference.empty()) result.problem = std::string(name.view) + ": " + difference;
  }
  return result;
}

}  // namespace facet
