#include "views/state/view_errors.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <string_view>
#include <tuple>

#include "values/assert.h"
#include "values/text.h"
#include "views/state/limits.h"

namespace facet {

namespace {

std::string_view bytesOf(const ViewErrors::Site& site) {
  return {reinterpret_cast<const char*>(&site), sizeof(site)};
}

/// "West, 2024-01-01": of the columns that make a key; cut where it is long.
std::string keyText(const RowLayout& layout, Row key) {
  std::string out;
  for (size_t i = 0; i < layout.size() && out.size() <= kMaxErrorKeyBytes; ++i) {
    const Value value = key.get(layout, i);
    out += i == 0 ? "" : ", ";
    out += value.isNull() ? "NULL" : toText(layout.type(i), value);
  }
  if (out.size() <= kMaxErrorKeyBytes) return out;
  size_t bytes = kMaxErrorKeyBytes;
  while (bytes > 0 && (static_cast<uint8_t>(out[bytes]) & 0xc0) == 0x80) --bytes;
  return out.substr(0, bytes) + "…";
}

/// What is stored behind an Example: the number of bytes of the key's text, the text, and zeros up
/// to a multiple of 8 bytes. Before format 4: nothing.
std::string packKey(std::string_view key) {
  const uint64_t bytes = key.size();
  std::string out(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
  out += key;
  out.resize((out.size() + 7) / 8 * 8);
  return out;
}

std::string_view unpackKey(std::string_view packed) {
  uint64_t bytes = 0;
  if (packed.size() < sizeof(bytes)) return {};
  std::memcpy(&bytes, packed.data(), sizeof(bytes));
  return packed.substr(sizeof(bytes), bytes);
}

}  // namespace

Version* ViewErrors::find(const Site& site) const {
  Version* const found = rows_.find(bytesOf(site), hashRow(bytesOf(site)));
  return found != nullptr && found->weight != 0 ? found : nullptr;
}

/// Of its own while there are few; those beyond are together, and are taken back from there.
ViewErrors::Site ViewErrors::siteFor(Site site, int64_t weight) const {
  if (site.row == 0 || find(site) != nullptr) return site;
  const Site together{site.expression, site.code, 0};
  if (single_ >= kMaxSingleErrors) return together;
  if (weight > 0) return site;
  const Version* const others = find(together);
  return others != nullptr && others->weight > 0 ? together : site;
}

void ViewErrors::add(uint32_t site, ErrorCode code, int64_t weight, const FailedRow& row) {
  if (weight == 0) return;
  const Site key = siteFor({site, static_cast<uint32_t>(code), row.identity}, weight);
  const bool isNew = weight > 0 && (key.row == 0 || find(key) == nullptr);
  if (!isNew) return change(key, weight, nullptr);
  Shown example{0, {row.event}, {}};
  // Of many together none is described: that would cost time for each.
  if (key.row != 0 && row.key) example.key = keyText(*row.layout, row.key);
  change(key, weight, &example);
}

void ViewErrors::change(const Site& site, int64_t weight, const Shown* example) {
  const uint64_t hash = hashRow(bytesOf(site));
  const Version* const before = find(site);
  const std::string key = example != nullptr || before == nullptr
                              ? packKey(example != nullptr ? example->key : std::string())
                              : std::string();
  const uint32_t bytes =
      key.empty() ? before->valueBytes : static_cast<uint32_t>(sizeof(Example) + key.size());
  Version* const row = rows_.write(bytesOf(site), hash, position_, bytes);
  if (site.row != 0) single_ -= row->weight != 0 ? 1 : 0;
  row->weight += weight;
  if (site.row != 0) single_ += row->weight != 0 ? 1 : 0;
  if (!key.empty()) {
    const Example head = example != nullptr ? example->example : Example{};
    std::memcpy(row->valueData(), &head, sizeof(head));
    std::memcpy(row->valueData() + sizeof(head), key.data(), key.size());
  }
  total_.fetch_add(weight, std::memory_order_relaxed);
  changed_ = true;
}

void ViewErrors::restore(std::string_view site, std::string_view example, int64_t weight) {
  Site key{};
  Shown shown;
  // Before format 4 there was no row in it, and no key.
  FACET_ASSERT(site.size() == sizeof(key) || site.size() == offsetof(Site, row), site.size());
  FACET_ASSERT(example.size() >= sizeof(Example), example.size());
  std::memcpy(&key, site.data(), site.size());
  std::memcpy(&shown.example, example.data(), sizeof(Example));
  shown.key = unpackKey(example.substr(sizeof(Example)));
  change(key, weight, &shown);
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
    std::memcpy(&shown.example, row.valueData(), sizeof(Example));
    shown.key = unpackKey(row.value().substr(sizeof(Example)));
  });
}

ViewError ViewErrors::firstOf(const std::vector<const ViewErrors*>& shards) {
  std::map<Site, Shown> total;
  for (const ViewErrors* shard : shards) {
    const std::lock_guard lock(shard->mutex_);
    for (const auto& [site, shown] : shard->shown_) {
      Shown& sum = total[site];
      sum.weight += shown.weight;
      if (shown.weight <= 0) continue;
      sum.example = shown.example;
      sum.key = shown.key;
    }
  }
  const auto order = [](const Site& site, const Shown& shown) {
    return std::tuple(site.row == 0, shown.example.event, site);
  };
  const std::pair<const Site, Shown>* first = nullptr;
  for (const auto& entry : total) {
    if (entry.second.weight <= 0) continue;
    if (first == nullptr || order(entry.first, entry.second) < order(first->first, first->second)) {
      first = &entry;
    }
  }
  if (first == nullptr) return {};
  return {shards.front()->describe(first->first, first->second), first->second.example.event};
}

std::string ViewErrors::describe(const Site& site, const Shown& shown) const {
  const std::string place =
      site.expression == kUniqueKey ? "the view's key" : sites_[site.expression];
  std::string out = fmt::format("{} in {}", errorText(static_cast<ErrorCode>(site.code)), place);
  if (shown.example.event.value != 0) out += fmt::format(", event {}", shown.example.event);
  if (!shown.key.empty()) out += fmt::format(", key ({})", shown.key);
  return out;
}

}  // namespace facet
