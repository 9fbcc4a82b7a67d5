#include "cli/field_match.h"

#include <utility>

namespace facet {
namespace {

/// Letters and digits in lower case. What is not ASCII stays as it is.
std::string looseName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper) out += static_cast<char>(c - 'A' + 'a');
    if (plain || static_cast<unsigned char>(c) >= 0x80) out += c;
  }
  return out;
}

}  // namespace

FieldMatch::FieldMatch(const StructShape& command) {
  for (uint32_t i = 0; i < command.columns.size(); ++i) {
    const ColumnShape& column = command.columns[i];
    exact_.emplace(column.name, i);
    exact_.emplace(column.field, i);
    const auto [at, isNew] = loose_.emplace(looseName(column.field), i);
    if (!isNew) at->second = kSeveral;
  }
}

std::optional<uint32_t> FieldMatch::exact(std::string_view name) const {
  const auto found = exact_.find(std::string(name));
  return found == exact_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<uint32_t> FieldMatch::around(std::string_view path) const {
  for (size_t dot; (dot = path.rfind('.')) != path.npos;) {
    path = path.substr(0, dot);
    if (const auto found = exact(path)) return found;
  }
  return std::nullopt;
}

std::optional<uint32_t> FieldMatch::loose(std::string_view heading) const {
  if (const auto found = exact(heading)) return found;
  const auto found = loose_.find(looseName(heading));
  if (found == loose_.end() || found->second == kSeveral) return std::nullopt;
  return found->second;
}

std::string fieldNames(const StructShape& command) {
  std::string out;
  for (const ColumnShape& column : command.columns) {
    out += (out.empty() ? "" : ", ") + column.field;
  }
  return out;
}

}  // namespace facet
