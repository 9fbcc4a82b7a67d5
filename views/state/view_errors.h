// ViewErrors: the weighted error rows of a view's shard: how often each expression fails with each
// error, over the rows that are there now. A view with any is degraded; when the rows are
// retracted, so are the errors. Kept in the versioned store like all other state.
//
// The first rows that fail are counted one by one, so that an operator is told which they are; the
// others of an expression and error together.
// Thread: begin to reclaim by the shard's owner; total and firstOf by any thread; map with a pin.
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
#include "values/row.h"
#include "values/value.h"
#include "views/store/versioned_map.h"

namespace facet {

/// A row that fails, as far as it is known.
struct FailedRow {
  /// The same when the row is taken back, and another for other rows: its errors are its own. 0: it
  /// is one of several that are alike.
  uint64_t identity = 0;
  Position event{};                   // that it came with; 0: it is a table's, or about a group
  const RowLayout* layout = nullptr;  // of `key`
  Row key{};                          // the table's, the group's, or the view's; null: not known
};

/// One of a view's errors: expression, reason, and the row, as far as it is known.
struct ViewError {
  std::string text;  // empty: there is none
  Position event{};  // that it came with; 0: that is not known
};

class ViewErrors {
 public:
  /// `sites`: texts of the expressions; by Site::text.
  explicit ViewErrors(const std::vector<std::string>& sites) : sites_(sites) {}

  /// What is added until finish() belongs to the chunk that ends at the position.
  void begin(Position position) { position_ = position; }
  /// `weight` rows more (or fewer) for which the expression fails.
  void add(uint32_t site, ErrorCode code, int64_t weight, const FailedRow& row);
  void finish();
  /// Error rows as another shard, or another process, counted them.
  void restore(std::string_view site, std::string_view example, int64_t weight);
  const VersionedMap& map() const { return rows_; }

  void reclaim(const ReaderNeeds& needs, Position next) { rows_.reclaim(needs, next); }

  uint64_t total() const { return static_cast<uint64_t>(total_.load(std::memory_order_relaxed)); }
  /// The first error that is known of all shards of a view, as of their last finish(). Together:
  /// what was restored in one may be taken back in another.
  static ViewError firstOf(const std::vector<const ViewErrors*>& shards);
  uint64_t bytes() const { return rows_.bytes(); }

  /// The site of a key that two rows have.
  static constexpr uint32_t kUniqueKey = UINT32_MAX;

  /// The keys and values of the store.
  struct Site {
    uint32_t expression;
    uint32_t code;
    uint64_t row;  // FailedRow::identity; 0: rows together
    auto operator<=>(const Site&) const = default;
  };
  /// Followed by the text of the row's key.
  struct Example {
    Position event;
  };

 private:
  const std::vector<std::string>& sites_;
  struct Shown {
    int64_t weight = 0;
    Example example{};
    std::string key;
  };
  Version* find(const Site& site) const;
  Site siteFor(Site site, int64_t weight) const;
  void change(const Site& site, int64_t weight, const Shown* example);
  std::string describe(const Site& site, const Shown& shown) const;

  VersionedMap rows_;  // Site → Example, with the number of rows as weight
  size_t single_ = 0;  // entries of one row each
  Position position_;
  bool changed_ = false;
  std::atomic<int64_t> total_{0};

  mutable std::mutex mutex_;  // of what firstOf() shows
  std::vector<std::pair<Site, Shown>> shown_;
};

}  // namespace facet
