#include "bench/order_requests.h"

#include "bench/order_writer.h"
#include "bench/setup.h"
#include "bench/view_totals.h"
#include "bench/workload.h"

namespace facet {
namespace {

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

}  // namespace

OrderViews readOrderViews(Connections& connections, const std::string& token) {
  OrderViews out;
  for (const ViewName& name : kViews) {
    out.push_back(readTotals(connections, name.view, name.key, token));
  }
  return out;
}

OrderRequests::OrderRequests(Connections& connections, bool numbered)
    : connections_(connections),
      run_(newRun()),
      orders_(run_, kOrderCustomers),
      expected_(kOrderCustomers),
      numbers_(numbered ? connections.size() : 0) {}

kj::Promise<void> OrderRequests::send(unsigned connection, unsigned operations) {
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

std::string OrderRequests::differenceIn(const OrderViews& before, const OrderViews& after) const {
  for (size_t i = 0; i < std::size(kViews); ++i) {
    const std::string difference =
        firstDifference(before[i], (expected_.*kViews[i].expected)(), after[i]);
    if (!difference.empty()) return std::string(kViews[i].view) + ": " + difference;
  }
  return {};
}

}  // namespace facet
