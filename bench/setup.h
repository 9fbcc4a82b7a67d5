// What is in the server before a run: customers, products, and for lookups an order of each
// customer. Thread: belongs to its connections' event loop.
#pragma once

#include <cstdint>
#include <string>

#include "bench/connections.h"
#include "bench/expected_totals.h"

namespace facet {

/// Commands of a batch while setting up.
constexpr unsigned kSetupBatch = 500;

/// Throws a kj::Exception, with the reason, if a command of a reply was not accepted.
void requireAccepted(const BatchReply& reply);

/// Registers all products, and customers 0 to `customers`; those that are there stay as they are.
void registerShop(Connections& connections, uint32_t customers);

/// Places one order of each customer. Returns a token that covers them.
std::string placeOrderOfEach(Connections& connections, uint32_t run, uint32_t customers,
                             ExpectedTotals& expected);

/// Places one order of each product; they need not be registered, the customers are.
std::string placeOrderOfEachProduct(Connections& connections, uint32_t run, uint32_t customers,
                                    uint32_t products, ExpectedTotals& expected);

}  // namespace facet
