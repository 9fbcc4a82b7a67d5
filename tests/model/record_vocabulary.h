// Events for tests of record.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/record.h"
#include "tests/model/vocabulary.h"

namespace facet::test {

inline std::string_view asBytes(const std::vector<uint64_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * 8};
}

/// Makes rows of a model with one event type, (n Int64, note Text, tags List(Int32)).
class EventMaker {
 public:
  EventMaker();
  /// A row with this number; valid until the next.
  Row row(int64_t n);
  /// "10: 0:7 1:8 ": first sequence, and for each event its command and number.
  std::string describe(const Block& block) const;
  bool isValid(const std::vector<uint64_t>& payload, uint32_t events);
  /// Blocks of `commands` commands each, some rejected, some with several events.
  std::vector<uint64_t> payload(int blocks, uint32_t commands);

  const Model& model() const { return *model_; }
  const std::string& problem() const { return problem_; }

 private:
  ModelPtr model_;
  RowBuilder builder_;
  std::string problem_;
};

}  // namespace facet::test
