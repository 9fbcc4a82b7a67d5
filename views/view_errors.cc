#include "views/view_errors.h"

#include <fmt/format.h>

#include <cstring>
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
  any_ = false;
  rows_.forEachNewest([this](const Version& row) {
    if (any_ || row.weight < 0) return;
    any_ = true;
    std::memcpy(&shownSite_, row.keyData(), sizeof(shownSite_));
    std::memcpy(&shownExample_, row.valueData(), sizeof(shownExample_));
  });
}

std::string ViewErrors::text() const {
  const std::lock_guard lock(mutex_);
  if (!any_) return {};
  const std::string place =
      shownSite_.expression == kUniqueKey ? "the view's key" : sites_[shownSite_.expression];
  std::string out =
      fmt::format("{} in {}", errorText(static_cast<ErrorCode>(shownSite_.code)), place);
  if (shownExample_.event.value != 0) out += fmt::format(", event {}", shownExample_.event);
  return out;
}

}  // namespace facet
