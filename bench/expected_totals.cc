#include "bench/expected_totals.h"

#include <fmt/format.h>

namespace facet {
namespace {

using WriteId = void (*)(char* out, uint32_t number);

TotalsByKey byId(const std::vector<Totals>& totals, WriteId writeId) {
  TotalsByKey out;
  std::string id(kShortIdLength, ' ');
  for (uint32_t i = 0; i < totals.size(); ++i) {
    if (totals[i].orders == 0) continue;  // a group without rows is none
    writeId(id.data(), i);
    out.emplace(id, totals[i]);
  }
  return out;
}

}  // namespace

TotalsByKey ExpectedTotals::byRegion() const {
  TotalsByKey out;
  for (uint32_t i = 0; i < customers_.size(); ++i) {
    if (customers_[i].orders > 0) out[std::string(kRegions[regionOf(i)])].add(customers_[i]);
  }
  return out;
}

TotalsByKey ExpectedTotals::byProduct() const {
  return byId(products_, writeProductId);
}

TotalsByKey ExpectedTotals::byCustomer() const {
  return byId(customers_, writeCustomerId);
}

std::string firstDifference(const TotalsByKey& before, const TotalsByKey& added,
                            const TotalsByKey& after) {
  TotalsByKey wanted = before;
  for (const auto& [key, totals] : added) wanted[key].add(totals);
  for (const auto& [key, totals] : wanted) {
    const auto found = after.find(key);
    if (found == after.end()) return fmt::format("there is no row {}", key);
    const Totals& got = found->second;
    if (got == totals) continue;
    return fmt::format("row {} has {} orders and revenue {}; it should have {} and {}", key,
                       got.orders, got.revenue, totals.orders, totals.revenue);
  }
  for (const auto& [key, totals] : after) {
    if (!wanted.contains(key)) return fmt::format("row {} should not be there", key);
  }
  return {};
}

}  // namespace facet
