#include "views/query/result_rows.h"

#include <algorithm>
#include <utility>

#include "views/query/limits.h"

namespace facet {

namespace {

bool pointsElsewhere(const Value& value) {
  return value.kind() == Kind::text || value.kind() == Kind::bytes || value.kind() == Kind::array;
}

}  // namespace

void ResultRow::own() {
  // Arrays are packed rows: they must stay aligned.
  const auto rounded = [](size_t size) { return (size + 7) / 8 * 8; };
  size_t size = 0;
  for (const auto* values : {&order, &row}) {
    for (const Value& value : *values) {
      if (pointsElsewhere(value)) size += rounded(value.asText().size());
    }
  }
  texts = std::make_unique<char[]>(size);
  textBytes = size;
  char* at = texts.get();
  for (auto* values : {&order, &row}) {
    for (Value& value : *values) {
      if (!pointsElsewhere(value)) continue;
      const std::string_view text = value.asText();
      std::copy(text.begin(), text.end(), at);
      const std::string_view copy(at, text.size());
      value = value.kind() == Kind::text    ? Value::text(copy)
              : value.kind() == Kind::bytes ? Value::bytes(copy)
                                            : Value::array(copy, value.element());
      at += rounded(text.size());
    }
  }
}

const std::vector<Value>* ResultRows::next() {
  if (ready_.empty()) return nullptr;
  ResultRow& first = ready_.front();
  repeats_ = --first.times > 0;
  if (repeats_) return &first.row;
  bytes_ -= first.bytes();
  taken_ = std::move(first);
  ready_.pop_front();
  return &taken_.row;
}

const std::vector<Value>* ResultRows::nextAll(uint64_t& times) {
  if (ready_.empty()) return nullptr;
  times = std::exchange(ready_.front().times, 1);
  return next();
}

void ResultRows::add(ResultRow row) {
  if (!sorts_) return push(std::move(row));
  const uint64_t most = select_.limit ? *select_.limit + select_.offset : budget_.maxRows() + 1;
  for (uint64_t i = std::min(row.times, most); i > 0; --i) {
    ResultRow copy;
    copy.order = row.order;
    copy.row = row.row;
    offer(std::move(copy));
  }
}

/// Of a row that is there several times, OFFSET and LIMIT may take some.
void ResultRows::push(ResultRow row) {
  const uint64_t skipped =
      std::min(row.times, select_.offset - std::min(produced_, select_.offset));
  produced_ += skipped;
  row.times -= skipped;
  if (select_.limit) {
    row.times = std::min(row.times, select_.offset + *select_.limit - produced_);
  }
  if (row.times == 0) return;
  produced_ += row.times;
  bytes_ += row.bytes();
  ready_.push_back(std::move(row));
}

bool ResultRows::before(const ResultRow& a, const ResultRow& b) const {
  for (size_t i = 0; i < select_.orderBy.size(); ++i) {
    const OrderItem& item = select_.orderBy[i];
    const bool aNull = a.order[i].isNull();
    const bool bNull = b.order[i].isNull();
    if (aNull || bNull) {
      if (aNull == bNull) continue;
      return aNull == item.nullsFirst;
    }
    const int order = compareValues(a.order[i], b.order[i]);
    if (order != 0) return item.descending ? order > 0 : order < 0;
  }
  return false;
}

void ResultRows::offer(ResultRow row) {
  const auto less = [&](const ResultRow& a, const ResultRow& b) { return before(a, b); };
  const auto keep = select_.limit ? *select_.limit + select_.offset : UINT64_MAX;
  if (keep == 0) return;
  if (sorted_.size() >= keep) {
    if (!before(row, sorted_.front())) return;
    std::pop_heap(sorted_.begin(), sorted_.end(), less);
    bytes_ -= sorted_.back().bytes();
    sorted_.pop_back();
  }
  row.own();
  bytes_ += row.bytes();
  sorted_.push_back(std::move(row));
  if (select_.limit) std::push_heap(sorted_.begin(), sorted_.end(), less);
  budget_.checkRows(sorted_.size());
}

void ResultRows::finish() {
  if (!sorts_) return;
  uint64_t comparisons = 0;
  const auto less = [&](const ResultRow& a, const ResultRow& b) {
    if (++comparisons % kComparisonsBetweenLooks == 0) budget_.checkStop();
    return before(a, b);
  };
  std::stable_sort(sorted_.begin(), sorted_.end(), less);
  for (size_t i = select_.offset; i < sorted_.size(); ++i) {
    if (select_.limit && i - select_.offset >= *select_.limit) break;
    ready_.push_back(std::move(sorted_[i]));
  }
  sorted_.clear();
}

}  // namespace facet
