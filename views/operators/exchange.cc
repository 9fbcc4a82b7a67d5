#include "views/operators/exchange.h"

#include <algorithm>

namespace facet {

namespace {

void appendBytes(ExchangeBuffer& out, const char* data, size_t size) {
  const size_t at = out.size();
  out.resize(at + size / sizeof(uint64_t));
  std::memcpy(&out[at], data, size);
}

}  // namespace

ExchangeCodec::ExchangeCodec(const ViewPlan::Operators& plan) : plan_(plan) {
  const size_t count = plan.aggregates.size();
  std::vector<Type> types(2 * count, Type::of(Kind::boolean));
  for (size_t i = 0; i < count; ++i) {
    // count(*) has no argument: its column is never set.
    if (plan.aggregates[i].argument.kind != Kind::null) types[i] = plan.aggregates[i].argument;
  }
  arguments_ = RowLayout(std::move(types));
  values_.resize(count);
  present_ = std::make_unique<bool[]>(count);
}

bool ExchangeCodec::hasArguments(const Contribution& contribution) const {
  return std::any_of(contribution.present, contribution.present + values_.size(),
                     [](bool present) { return present; });
}

void ExchangeCodec::append(const Contribution& contribution, ExchangeBuffer& out) {
  const size_t begin = out.size();
  Header header{contribution.weight, contribution.hash, 0, 0};
  out.resize(begin + sizeof(Header) / sizeof(uint64_t));
  appendBytes(out, contribution.key.data(), contribution.key.size());
  if (contribution.rest) {
    header.parts |= kRest;
    appendBytes(out, contribution.rest.data(), contribution.rest.size());
  }
  if (hasArguments(contribution)) {
    header.parts |= kArguments;
    appendArguments(contribution, out);
  }
  if (contribution.sums != nullptr) {
    header.parts |= kSums;
    appendBytes(out, contribution.sums, plan_.lower.sumBytes);
  }
  header.words = static_cast<uint32_t>(out.size() - begin);
  std::memcpy(&out[begin], &header, sizeof(header));
}

void ExchangeCodec::appendArguments(const Contribution& contribution, ExchangeBuffer& out) {
  builder_.start(arguments_);
  for (size_t i = 0; i < values_.size(); ++i) {
    if (!contribution.present[i]) continue;
    const bool countsRows = plan_.aggregates[i].function == AggregateFunction::countRows;
    if (!countsRows) builder_.set(i, contribution.arguments[i]);
    builder_.set(values_.size() + i, Value::boolean(true));
  }
  const Row row = builder_.finish();
  appendBytes(out, row.data(), row.size());
}

void ExchangeCodec::readArguments(Row row) {
  for (size_t i = 0; i < values_.size(); ++i) {
    present_[i] = row.get(arguments_, values_.size() + i).isTrue();
    if (present_[i]) values_[i] = row.get(arguments_, i);
  }
}

size_t ExchangeCodec::read(const uint64_t* from, Contribution& contribution) {
  Header header;
  std::memcpy(&header, from, sizeof(header));
  const auto* at = reinterpret_cast<const char*>(from) + sizeof(header);
  contribution.weight = header.weight;
  contribution.hash = header.hash;
  contribution.key = Row(at);
  at += contribution.key.size();
  if ((header.parts & kRest) != 0) {
    contribution.rest = Row(at);
    at += contribution.rest.size();
  }
  contribution.arguments = values_.data();
  contribution.present = present_.get();
  if ((header.parts & kArguments) != 0) {
    const Row row(at);
    readArguments(row);
    at += row.size();
  } else {
    std::fill_n(present_.get(), values_.size(), false);
  }
  if ((header.parts & kSums) != 0) contribution.sums = at;
  return header.words;
}

}  // namespace facet
