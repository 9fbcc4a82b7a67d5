// The exchange between shards: deltas on their way to the shards whose rows they are. A buffer is
// words, one row behind another; it is only ever read by the process that made it. Thread: belongs
// to its shard.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "views/operators/delta.h"
#include "views/operators/exchange_buffer.h"
#include "views/state/aggregates.h"

namespace facet {

/// How the rows that one operator takes are written and read.
class ExchangeCodec {
 public:
  /// `aggregates`: whose arguments the rows have; `sumBytes`: of a row's sums.
  ExchangeCodec(const std::vector<AggregatePlan>& aggregates, uint32_t sumBytes);

  void append(const DeltaRow& row, ExchangeBuffer& out);
  /// Hands all rows of the buffer over.
  void read(const ExchangeBuffer& buffer, DeltaSink& next);

 private:
  struct Header {
    int64_t weight;
    uint64_t hash;
    uint64_t event;
    uint32_t words;  // of everything
    uint32_t parts;  // of what follows: kRest, kArguments, kSums, in this order, behind the key
  };
  static constexpr uint32_t kRest = 1;
  static constexpr uint32_t kArguments = 2;
  static constexpr uint32_t kSums = 4;

  bool hasArguments(const DeltaRow& row) const;
  void appendArguments(const DeltaRow& row, ExchangeBuffer& out);
  void readArguments(Row row, size_t place);
  size_t readRow(const uint64_t* from, size_t place);

  const size_t count_;  // arguments of a row
  const uint32_t sumBytes_;
  RowLayout arguments_;            // for each aggregate its argument; then whether it is present
  std::vector<bool> hasArgument_;  // by aggregate: of count(*) there is only whether it is present
  RowBuilder builder_;
  // Of the rows that are read, by their place among them.
  std::vector<DeltaRow> rows_;
  std::vector<Value> values_;
  std::unique_ptr<bool[]> present_;
};

/// Writes what comes into the buffers of the shards.
class ExchangeWriter final : public DeltaSink {
 public:
  ExchangeWriter(ExchangeCodec& codec, std::span<ExchangeBuffer> out) : codec_(codec), out_(out) {}
  void take(std::span<const DeltaRow> rows) override {
    for (const DeltaRow& row : rows) codec_.append(row, out_[row.shard]);
  }

 private:
  ExchangeCodec& codec_;
  std::span<ExchangeBuffer> out_;
};

}  // namespace facet
