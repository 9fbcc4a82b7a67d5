// ExchangeCodec: contributions on their way to another shard: words, one contribution behind
// another. Only ever within one process. Thread: belongs to its shard.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "views/operators/exchange_buffer.h"
#include "views/plan/view_operators.h"
#include "views/state/contribution.h"

namespace facet {

class ExchangeCodec {
 public:
  explicit ExchangeCodec(const ViewPlan::Operators& plan);

  void append(const Contribution& contribution, ExchangeBuffer& out);

  /// A contribution is valid until the next one.
  template <typename Visit>
  void forEach(const ExchangeBuffer& buffer, Visit&& visit) {
    for (size_t at = 0; at < buffer.size();) {
      Contribution contribution;
      at += read(buffer.data() + at, contribution);
      visit(contribution);
    }
  }

 private:
  struct Header {
    int64_t weight;
    uint64_t hash;
    uint32_t words;  // of everything
    uint32_t parts;  // of what follows: kRest, kArguments, kSums, in this order, behind the key
  };
  static constexpr uint32_t kRest = 1;
  static constexpr uint32_t kArguments = 2;
  static constexpr uint32_t kSums = 4;

  bool hasArguments(const Contribution& contribution) const;
  void appendArguments(const Contribution& contribution, ExchangeBuffer& out);
  void readArguments(Row row);
  size_t read(const uint64_t* from, Contribution& contribution);

  const ViewPlan::Operators& plan_;
  RowLayout arguments_;  // for each aggregate its argument; then for each whether it is present
  RowBuilder builder_;
  std::vector<Value> values_;
  std::unique_ptr<bool[]> present_;
};

}  // namespace facet
