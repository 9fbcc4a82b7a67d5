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
  /// Then come, 8-byte aligned: the key; the rest; the arguments that are there: for each 64
  /// aggregates a word of bits, then the values, each followed by its bytes; the sums.
  struct Header {
    int64_t weight;
    uint64_t hash;
    uint64_t event;
    uint32_t words;  // of everything
    uint32_t parts;  // of what follows the key
  };
  static constexpr uint32_t kRest = 1;
  static constexpr uint32_t kArguments = 2;
  static constexpr uint32_t kSums = 4;

  size_t argumentWords(const DeltaRow& row) const;
  uint64_t* writeArguments(const DeltaRow& row, uint64_t* to) const;
  const uint64_t* readArguments(const uint64_t* from, size_t place);
  size_t readRow(const uint64_t* from, size_t place);

  const size_t count_;  // arguments of a row
  const size_t bitWords_;
  const uint32_t sumWords_;
  std::vector<bool> hasArgument_;  // by aggregate: of count(*) there is only whether it is present
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
