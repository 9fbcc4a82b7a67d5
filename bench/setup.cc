#include "bench/setup.h"

#include <kj/debug.h>

#include <algorithm>

#include "bench/order_writer.h"

namespace facet {
namespace {

constexpr uint64_t kRegistrationWords = 6;

/// Submits `count` commands, in batches of which some are under way at a time; fill(i, command)
/// writes the i-th one.
template <typename Command, typename Fill>
void submitMany(Connections& connections, const char* name, uint32_t count, uint64_t wordsEach,
                Fill fill) {
  AsyncClient& client = connections[0];
  kj::Vector<kj::Promise<void>> replies;
  for (uint32_t begin = 0; begin < count; begin += kSetupBatch) {
    connections.wait(client.whenRoom());
    const uint32_t size = std::min(kSetupBatch, count - begin);
    Batch batch = client.batch(1, size * wordsEach);
    auto commands = batch.add<Command>(name, size);
    for (uint32_t i = 0; i < size; ++i) fill(begin + i, commands[i]);
    replies.add(client.submit(kj::mv(batch))
                    .then([](const BatchReply& reply) { requireAccepted(reply); })
                    .eagerlyEvaluate(nullptr));
  }
  connections.wait(kj::joinPromises(replies.releaseAsArray()));
}

/// Places `count` orders; next(i) is the i-th one.
template <typename Next>
std::string place(Connections& connections, uint32_t run, uint32_t count, ExpectedTotals& expected,
                  Next next) {
  submitMany<bench::PlaceOrder>(connections, "PlaceOrder", count, kOrderWords,
                                [&](uint32_t i, bench::PlaceOrder::Builder out) {
                                  const Order order = next(i);
                                  expected.add(order);
                                  writeOrder(order, run, out);
                                });
  return connections[0].lastToken();
}

}  // namespace

void requireAccepted(const BatchReply& reply) {
  if (reply.rejected == 0 && reply.duplicates == 0) return;
  const CommandReply& first = reply.exceptions.at(0);
  const std::string why = first.duplicate ? "they were done before" : first.reason;
  kj::throwFatalException(KJ_EXCEPTION(FAILED, "commands of a batch were not accepted",
                                       reply.rejected + reply.duplicates, why.c_str()));
}

void registerShop(Connections& connections, uint32_t customers) {
  submitMany<bench::RegisterProduct>(connections, "RegisterProduct", kBenchProducts,
                                     kRegistrationWords,
                                     [](uint32_t i, bench::RegisterProduct::Builder out) {
                                       writeProductId(out.initProductId(kShortIdLength).begin(), i);
                                       out.setProductName("Product");
                                     });
  submitMany<bench::RegisterCustomer>(
      connections, "RegisterCustomer", customers, kRegistrationWords,
      [](uint32_t i, bench::RegisterCustomer::Builder out) {
        writeCustomerId(out.initCustomerId(kShortIdLength).begin(), i);
        const std::string_view region = kRegions[regionOf(i)];
        region.copy(out.initRegion(static_cast<unsigned>(region.size())).begin(), region.size());
      });
}

std::string placeOrderOfEach(Connections& connections, uint32_t run, uint32_t customers,
                             ExpectedTotals& expected) {
  OrderStream orders(run, customers);
  return place(connections, run, customers, expected, [&](uint32_t i) { return orders.nextOf(i); });
}

std::string placeOrderOfEachProduct(Connections& connections, uint32_t run, uint32_t customers,
                                    uint32_t products, ExpectedTotals& expected) {
  OrderStream orders(run, customers);
  return place(connections, run, products, expected, [&](uint32_t i) {
    Order order = orders.next();
    order.product = i;
    return order;
  });
}

}  // namespace facet
