// FieldMatch: which field of a command a name in a file means. Thread: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "client/rows.h"

namespace facet {

class FieldMatch {
 public:
  explicit FieldMatch(const StructShape& command);

  /// By the name in Cap'n Proto or in SQL, as it is.
  std::optional<uint32_t> exact(std::string_view name) const;
  /// The field that a path goes on behind, as if it was a group: amount, of amount.value.
  std::optional<uint32_t> around(std::string_view path) const;
  /// Else by its letters and digits, whatever their case; nothing if that fits several fields.
  std::optional<uint32_t> loose(std::string_view heading) const;

 private:
  static constexpr uint32_t kSeveral = UINT32_MAX;
  std::unordered_map<std::string, uint32_t> exact_;
  std::unordered_map<std::string, uint32_t> loose_;
};

/// "orderId, orderDate, …": for messages.
std::string fieldNames(const StructShape& command);

}  // namespace facet
