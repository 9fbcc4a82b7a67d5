// ViewErrors: the weighted error rows of a view's shard: how often each expression fails with each
// error, over the rows that are there now. A view with any is degraded; when the rows are
// retracted, so are the errors. Thread: add by the shard's owner; total and text by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "values/position.h"
#include "values/value.h"

namespace facet {

class ViewErrors {
 public:
  /// `sites`: texts of the expressions; by Site::text.
  explicit ViewErrors(const std::vector<std::string>& sites) : sites_(sites) {}

  /// `weight` rows more (or fewer) for which the expression fails. `example`: the event's position,
  /// 0 if it is about a group.
  void add(uint32_t site, ErrorCode code, int64_t weight, Position example);

  uint64_t total() const { return static_cast<uint64_t>(total_.load(std::memory_order_relaxed)); }
  /// One of them: expression, reason and an event; empty if there is none.
  std::string text() const;

  /// The site of a key that two rows have.
  static constexpr uint32_t kUniqueKey = UINT32_MAX;

 private:
  struct Row {
    int64_t weight = 0;
    Position example;
  };
  const std::vector<std::string>& sites_;
  std::atomic<int64_t> total_{0};
  mutable std::mutex mutex_;
  std::map<std::pair<uint32_t, ErrorCode>, Row> rows_;
};

}  // namespace facet
