// OrderRequests: batches of orders at random, and what the model's three views must hold after
// them. Thread: belongs to its connections' event loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/connections.h"
#include "bench/expected_totals.h"
#include "bench/load_loop.h"

namespace facet {

/// Customers that order.
constexpr uint32_t kOrderCustomers = 10'000;

/// What the three views hold.
using OrderViews = std::vector<TotalsByKey>;

/// All rows of the views, at or after the position that the token stands for. Throws
/// std::runtime_error with advice if the node has others.
OrderViews readOrderViews(Connections& connections, const std::string& token);

class OrderRequests final : public Requests {
 public:
  /// `numbered`: each connection is a client that numbers its commands, so that repeated ones are
  /// known. The customers are registered.
  OrderRequests(Connections& connections, bool numbered);

  kj::Promise<void> send(unsigned connection, unsigned operations) override;

  /// Covers everything that was answered.
  const std::string& token() const { return token_; }
  /// Empty if the views hold what they held before and the orders that were sent; else the first
  /// difference.
  std::string differenceIn(const OrderViews& before, const OrderViews& after) const;

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

}  // namespace facet
