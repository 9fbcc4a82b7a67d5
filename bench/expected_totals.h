// ExpectedTotals: what the views must hold after a run: counts and sums, kept beside the orders
// that are sent. And their comparison with what the views do hold. Thread: belongs to its owner.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/order_data.h"

namespace facet {

struct Totals {
  int64_t orders = 0;
  int64_t revenue = 0;  // in units of 10^-4

  void add(const Totals& other) {
    orders += other.orders;
    revenue += other.revenue;
  }
  bool operator==(const Totals&) const = default;
};

/// The rows of a view, by key.
using TotalsByKey = std::map<std::string, Totals, std::less<>>;

class ExpectedTotals {
 public:
  explicit ExpectedTotals(uint32_t customers, uint32_t products = kBenchProducts)
      : customers_(customers), products_(products) {}

  void add(const Order& order) {
    const Totals one{1, order.total};
    customers_[order.customer].add(one);
    products_[order.product].add(one);
  }

  TotalsByKey byRegion() const;
  TotalsByKey byProduct() const;
  TotalsByKey byCustomer() const;

 private:
  std::vector<Totals> customers_;
  std::vector<Totals> products_;
};

/// Empty if `after` is `before` with `added` on top, in every row; else the first difference.
std::string firstDifference(const TotalsByKey& before, const TotalsByKey& added,
                            const TotalsByKey& after);

}  // namespace facet
