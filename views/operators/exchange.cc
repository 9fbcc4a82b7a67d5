#include "views/operators/exchange.h"

#include <algorithm>
#include <cstring>

namespace facet {

namespace {

void appendBytes(ExchangeBuffer& out, const char* data, size_t size) {
  const size_t at = out.size();
  out.resize(at + size / sizeof(uint64_t));
  std::memcpy(&out[at], data, size);
}

}  // namespace

ExchangeCodec::ExchangeCodec(const std::vector<AggregatePlan>& aggregates, uint32_t sumBytes)
    : count_(aggregates.size()),
      sumBytes_(sumBytes),
      rows_(kDeltaRows),
      values_(kDeltaRows * count_ + 1),
      present_(std::make_unique<bool[]>(kDeltaRows * count_ + 1)) {
  std::vector<Type> types(2 * count_, Type::of(Kind::boolean));
  for (size_t i = 0; i < count_; ++i) {
    hasArgument_.push_back(aggregates[i].argument.kind != Kind::null);
    if (hasArgument_[i]) types[i] = aggregates[i].argument;
  }
  arguments_ = RowLayout(std::move(types));
}

bool ExchangeCodec::hasArguments(const DeltaRow& row) const {
  return std::any_of(row.present, row.present + count_, [](bool present) { return present; });
}

void ExchangeCodec::append(const DeltaRow& row, ExchangeBuffer& out) {
  const size_t begin = out.size();
  Header header{row.weight, row.hash, row.event.value, 0, 0};
  out.resize(begin + sizeof(Header) / sizeof(uint64_t));
  appendBytes(out, row.key.data(), row.key.size());
  if (row.rest) {
    header.parts |= kRest;
    appendBytes(out, row.rest.data(), row.rest.size());
  }
  if (hasArguments(row)) {
    header.parts |= kArguments;
    appendArguments(row, out);
  }
  if (row.sums != nullptr) {
    header.parts |= kSums;
    appendBytes(out, row.sums, sumBytes_);
  }
  header.words = static_cast<uint32_t>(out.size() - begin);
  std::memcpy(&out[begin], &header, sizeof(header));
}

void ExchangeCodec::appendArguments(const DeltaRow& row, ExchangeBuffer& out) {
  builder_.start(arguments_);
  for (size_t i = 0; i < count_; ++i) {
    if (!row.present[i]) continue;
    if (hasArgument_[i]) builder_.set(i, row.arguments[i]);
    builder_.set(count_ + i, Value::boolean(true));
  }
  const Row packed = builder_.finish();
  appendBytes(out, packed.data(), packed.size());
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

void ExchangeCodec::readArguments(Row row, size_t place) {
  for (size_t i = 0; i < count_; ++i) {
    bool& present = present_[place * count_ + i];
    present = row.get(arguments_, count_ + i).isTrue();
    if (present) values_[place * count_ + i] = row.get(arguments_, i);
  }
}

size_t ExchangeCodec::readRow(const uint64_t* from, size_t place) {
  Header header;
  std::memcpy(&header, from, sizeof(header));
  const auto* at = reinterpret_cast<const char*>(from) + sizeof(header);
  DeltaRow& row = rows_[place];
  row = {};
  row.weight = header.weight;
  row.hash = header.hash;
  row.event = {header.event};
  row.key = Row(at);
  at += row.key.size();
  if ((header.parts & kRest) != 0) {
    row.rest = Row(at);
    at += row.rest.size();
  }
  row.arguments = &values_[place * count_];
  row.present = &present_[place * count_];
  if ((header.parts & kArguments) != 0) {
    const Row arguments(at);
    readArguments(arguments, place);
    at += arguments.size();
  } else {
    std::fill_n(&present_[place * count_], count_, false);
  }
  if ((header.parts & kSums) != 0) row.sums = at;
  return header.words;
}

}  // namespace facet
