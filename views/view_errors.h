// ViewErrors: the weighted error rows of a view's shard: how often each expression fails with each
// error, over the rows that are there now. A view with any is degraded; when the rows are
// retracted, so are the errors. Kept in the versioned store like all other state.
// Thread: begin to reclaim by the shard's owner; total and textOf by any thread; map with a pin.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "values/position.h"
#include "values/value.h"
#include "views/versioned_map.h"

namespace facet {

class ViewErrors {
 public:
  /// `sites`: texts of the expressions; by Site::text.
  explicit ViewErrors(const std::vector<std::string>& sites) : sites_(sites) {}

  /// What is added until finish() belongs to the chunk that ends at the position.
  void begin(Position position) { position_ = position; }
  /// `weight` rows more (or fewer) for which the expression fails. `example`: the event's position,
  /// 0 if it is about a group.
  void add(uint32_t site, ErrorCode code, int64_t weight, Position example);
  void finish();
  /// Error rows as another shard, or another process, counted them.
  void restore(std::string_view site, std::string_view example, int64_t weight);
  const VersionedMap& map() const { return rows_; }

  void reclaim(const ReaderNeeds& needs, Position next) { rows_.reclaim(needs, next); }

  uint64_t total() const { return static_cast<uint64_t>(total_.load(std::memory_order_relaxed)); }
  /// One error of all shards of a view, as of their last finish(): expression, reason and an event;
  /// empty if there is none. Together: what was restored in one may be taken back in another.
  static std::string textOf(const std::vector<const ViewErrors*>& shards);
  uint64_t bytes() const { return rows_.bytes(); }

  /// The site of a key that two rows have.
  static constexpr uint32_t kUniqueKey = UINT32_MAX;

  /// The keys and values of the store.
  struct Site {
    uint32_t expression;
    uint32_t code;
    auto operator<=>(const Site&) const = default;
  };
  struct Example {
    Position event;
  };

 private:
  const std::vector<std::string>& sites_;
  VersionedMap rows_;  // Site → Example, with the number of rows as weight
  Position position_;
  bool changed_ = false;
  std::atomic<int64_t> total_{0};

  struct Shown {
    int64_t weight = 0;
    Example example{};
  };
  std::string describe(const Site& site, const Example& example) const;

  mutable std::mutex mutex_;  // of what textOf() shows
  std::vector<std::pair<Site, Shown>> shown_;
};

}  // namespace facet
