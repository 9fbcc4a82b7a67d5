#include "views/query/row_table.h"

#include "values/assert.h"

namespace facet {

namespace {

/// Memory of a key in a map, beside its bytes, roughly.
constexpr uint64_t kKeyBytes = 64;

}  // namespace

void RowTable::add(std::string_view key, const std::vector<Value>& row, uint64_t times) {
  FACET_ASSERT(row.size() == layout_.size(), row.size());
  builder_.start(layout_);
  for (size_t c = 0; c < row.size(); ++c) builder_.set(c, row[c]);
  const size_t size = builder_.size();
  char* const bytes = arena_.allocate(size);
  builder_.finishAt(bytes, size);
  const auto number = static_cast<uint32_t>(rows_.size());
  auto known = firsts_.find(key);
  if (known == firsts_.end()) known = firsts_.emplace(arena_.copy(key), kNone).first;
  rows_.push_back({bytes, times, known->second});
  known->second = number;
}

uint32_t RowTable::first(std::string_view key) const {
  const auto found = firsts_.find(key);
  return found == firsts_.end() ? kNone : found->second;
}

uint64_t RowTable::read(uint32_t row, Value* columns) const {
  const Row packed(rows_[row].row);
  for (size_t c = 0; c < layout_.size(); ++c) columns[c] = packed.get(layout_, c);
  return rows_[row].times;
}

uint64_t RowTable::bytes() const {
  return arena_.bytes() + rows_.capacity() * sizeof(Stored) + firsts_.size() * kKeyBytes;
}

}  // namespace facet
