#include "views/view_errors.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <string_view>

#include "values/assert.h"

namespace facet {

void ViewErrors::add(uint32_t site, ErrorCode code, int64_t weight, Position example) {
  if (weight == 0) return;
  const Site key{site, static_cast<uint32_t>(code)};
  const std::string_view bytes(reinterpret_cast<const char*>(&key), sizeof(key));
  Version* const row = rows_.write(bytes, hashRow(bytes), position_, sizeof(Example));
  row->weight += weight;
  if (weight > 0 && example.value != 0) std::memcpy(row->valueData(), &example, sizeof(example));
  total_.fetch_add(weight, std::memory_order_relaxed);
  changed_ = true;
}

void ViewErrors::restore(std::string_view site, std::string_view example, int64_t weight) {
  Site key{};
  Example event{};
  FACET_ASSERT(site.size() == sizeof(key) && example.size() == sizeof(event), site.size());
  std::memcpy(&key, site.data(), sizeof(key));
  std::memcpy(&event, example.data(), sizeof(event));
  add(key.expression, static_cast<ErrorCode>(key.code), weight, event.event);
}

void ViewErrors::finish() {
  if (!changed_) return;
  changed_ = false;
  const std::lock_guard lock(mutex_);
  shown_.clear();
  rows_.forEachNewest([this](const Version& row) {
    auto& [site, shown] = shown_.emplace_back();
    std::memcpy(&site, row.keyData(), sizeof(site));
    shown.weight = row.weight;
    std::memcpy(&shown.example, row.valueData(), sizeof(shown.example));
  });
}

std::string ViewErrors::textOf(const std::vector<const ViewErrors*>& shards) {
  std::map<Site, Shown> total;
  for (const ViewErrors* shard : shards) {
    const std::lock_guard lock(shard->mutex_);
    for (const auto& [site, shown] : shard->shown_) {
      Shown& sum = total[site];
      sum.weight += shown.weight;
      if (shown.weight > 0 && shown.example.event.value != 0) sum.example = shown.example;
    }
  }
  for (const auto& [site, shown] : total) {
    if (shown.weight > 0) return shards.front()->describe(site, shown.example);
  }
  return {};
}

std::string ViewErrors::describe(const Site& site, const Example& example) const {
  const std::string place =
      site.expression == kUniqueKey ? "the view's key" : sites_[site.expression];
  std::string out = fmt::format("{} in {}", errorText(static_cast<ErrorCode>(site.code)), place);
  if (example.event.value != 0) out += fmt::format(", event {}", example.event);
  return out;
}

}  // namespace facet
