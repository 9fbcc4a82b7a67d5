#include "views/operators/exchange.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "views/tables/row_bytes.h"

namespace facet {

namespace {

constexpr size_t kWord = sizeof(uint64_t);
constexpr size_t kValueWords = sizeof(Value) / kWord;
static_assert(sizeof(Value) % kWord == 0 && std::is_trivially_copyable_v<Value>);

size_t wordsOf(size_t bytes) {
  return (bytes + kWord - 1) / kWord;
}

/// The value with its bytes elsewhere.
Value withBytes(const Value& value, std::string_view bytes) {
  switch (value.kind()) {
    case Kind::text:
      return Value::text(bytes);
    case Kind::bytes:
      return Value::bytes(bytes);
    case Kind::array:
      return Value::array(bytes, value.element());
    default:
      return Value::composite(bytes);
  }
}

uint64_t* copyRow(uint64_t* to, Row row) {
  const size_t words = row.size() / kWord;
  copyWords(to, row.data(), words);
  return to + words;
}

}  // namespace

ExchangeCodec::ExchangeCodec(const std::vector<AggregatePlan>& aggregates, uint32_t sumBytes)
    : count_(aggregates.size()),
      bitWords_((count_ + 63) / 64),
      sumWords_(sumBytes / kWord),
      rows_(kDeltaRows),
      values_(kDeltaRows * count_ + 1),
      present_(std::make_unique<bool[]>(kDeltaRows * count_ + 1)) {
  for (const AggregatePlan& aggregate : aggregates) {
    hasArgument_.push_back(aggregate.argument.kind != Kind::null);
  }
}

/// 0: none is there.
size_t ExchangeCodec::argumentWords(const DeltaRow& row) const {
  bool any = false;
  size_t words = bitWords_;
  for (size_t i = 0; i < count_; ++i) {
    if (!row.present[i]) continue;
    any = true;
    if (hasArgument_[i]) words += kValueWords + wordsOf(tailBytes(row.arguments[i]));
  }
  return any ? words : 0;
}

void ExchangeCodec::append(const DeltaRow& row, ExchangeBuffer& out) {
  const size_t arguments = argumentWords(row);
  const size_t rest = row.rest ? row.rest.size() / kWord : 0;
  const size_t sums = row.sums != nullptr ? sumWords_ : 0;
  const size_t words = sizeof(Header) / kWord + row.key.size() / kWord + rest + arguments + sums;
  const uint32_t parts =
      (row.rest ? kRest : 0) | (arguments > 0 ? kArguments : 0) | (row.sums != nullptr ? kSums : 0);
  const Header header{row.weight, row.hash, row.event.value, static_cast<uint32_t>(words), parts};
  const size_t begin = out.size();
  out.resize(begin + words);
  uint64_t* to = &out[begin];
  std::memcpy(to, &header, sizeof(header));
  to = copyRow(to + sizeof(Header) / kWord, row.key);
  if (row.rest) to = copyRow(to, row.rest);
  if (arguments > 0) to = writeArguments(row, to);
  if (sums > 0) copyWords(to, row.sums, sums);
}

uint64_t* ExchangeCodec::writeArguments(const DeltaRow& row, uint64_t* to) const {
  uint64_t* const bits = to;
  to += bitWords_;
  for (size_t i = 0; i < count_; ++i) {
    if (!row.present[i]) continue;
    bits[i / 64] |= uint64_t{1} << i % 64;
    if (!hasArgument_[i]) continue;
    const Value& value = row.arguments[i];
    std::memcpy(to, &value, sizeof(value));
    to += kValueWords;
    if (const size_t bytes = tailBytes(value); bytes > 0) {
      std::memcpy(to, value.asText().data(), bytes);
      to += wordsOf(bytes);
    }
  }
  return to;
}

void ExchangeCodec::read(const ExchangeBuffer& buffer, DeltaSink& next) {
  const VersionedMap* const map = next.lookups();
  for (size_t at = 0; at < buffer.size();) {
    size_t count = 0;
    while (at < buffer.size() && count < kDeltaRows) {
      at += readRow(buffer.data() + at, count);
      if (map != nullptr) map->prefetch(rows_[count].hash);
      ++count;
    }
    next.take({rows_.data(), count});
  }
}

/// Returns what is behind them.
const uint64_t* ExchangeCodec::readArguments(const uint64_t* from, size_t place) {
  const uint64_t* const bits = from;
  from += bitWords_;
  for (size_t i = 0; i < count_; ++i) {
    bool& present = present_[place * count_ + i];
    present = (bits[i / 64] >> i % 64 & 1) != 0;
    if (!present || !hasArgument_[i]) continue;
    Value& value = values_[place * count_ + i];
    std::memcpy(static_cast<void*>(&value), from, sizeof(value));
    from += kValueWords;
    if (const size_t bytes = tailBytes(value); bytes > 0) {
      value = withBytes(value, {reinterpret_cast<const char*>(from), bytes});
      from += wordsOf(bytes);
    }
  }
  return from;
}

size_t ExchangeCodec::readRow(const uint64_t* from, size_t place) {
  Header header;
  std::memcpy(&header, from, sizeof(header));
  const uint64_t* at = from + sizeof(header) / kWord;
  DeltaRow& row = rows_[place];
  row = {};
  row.weight = header.weight;
  row.hash = header.hash;
  row.event = {header.event};
  row.key = Row(at);
  at += row.key.size() / kWord;
  if ((header.parts & kRest) != 0) {
    row.rest = Row(at);
    at += row.rest.size() / kWord;
  }
  row.arguments = &values_[place * count_];
  row.present = &present_[place * count_];
  if ((header.parts & kArguments) != 0) {
    at = readArguments(at, place);
  } else {
    std::fill_n(&present_[place * count_], count_, false);
  }
  if ((header.parts & kSums) != 0) row.sums = reinterpret_cast<const char*>(at);
  return header.words;
}

}  // namespace facet
