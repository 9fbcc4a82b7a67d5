#include "views/view_errors.h"

#include <fmt/format.h>

namespace facet {

void ViewErrors::add(uint32_t site, ErrorCode code, int64_t weight, Position example) {
  if (weight == 0) return;
  const std::lock_guard lock(mutex_);
  const auto place = rows_.try_emplace({site, code}).first;
  place->second.weight += weight;
  if (weight > 0 && example.value != 0) place->second.example = example;
  if (place->second.weight == 0) rows_.erase(place);
  total_.fetch_add(weight, std::memory_order_relaxed);
}

std::string ViewErrors::text() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, row] : rows_) {
    if (row.weight <= 0) continue;
    const auto& [site, code] = key;
    const std::string place = site == kUniqueKey ? "the view's key" : sites_[site];
    std::string out = fmt::format("{} in {}", errorText(code), place);
    if (row.example.value != 0) out += fmt::format(", event {}", row.example.value);
    return out;
  }
  return {};
}

}  // namespace facet
