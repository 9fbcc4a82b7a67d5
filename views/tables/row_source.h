// RowSource: rows of a view or a table as readers see them, at a pinned position: by key, or
// scanned. Straight from the shards' memory: no lock, no message. Thread: immutable; used by any
// thread that holds a pin at `at`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sql/evaluator.h"
#include "sql/relation.h"
#include "values/row.h"
#include "views/store/cuts.h"
#include "views/store/versioned_map.h"

namespace facet {

class ViewShard;
class Tables;

class RowSource {
 public:
  virtual ~RowSource() = default;

  virtual const Relation& relation() const = 0;
  /// The layout of key rows that get() takes; null if the relation has no key.
  virtual const RowLayout* keyLayout() const = 0;
  /// How many there are now, about.
  virtual uint64_t rows() const = 0;

  /// A row found. Valid as long as the pin.
  struct Found {
    const Version* version = nullptr;
    explicit operator bool() const { return version != nullptr; }
  };
  /// `key`: the packed key row (canonical: canonicalKeyValue for each column).
  virtual Found get(Position at, std::string_view key) const = 0;
  /// The same of several keys, kReadTogether at most; null where there is no row.
  virtual void getTogether(Position at, std::span<const Row> keys,
                           std::span<const Version*> found) const {
    for (size_t i = 0; i < keys.size(); ++i) found[i] = get(at, keys[i].bytes()).version;
  }

  /// A column of a row; texts point into the row or into the arena.
  virtual Value column(const Version& row, uint32_t column, Arena& arena) const = 0;
  /// How often the row is there (bags); 1 for keyed relations.
  virtual uint64_t multiplicity(const Version& row) const = 0;

  /// Visits rows after the cursor, until `visit` returns false or all were seen. Order: by key if
  /// `ordered()`, else any fixed one. The cursor's bytes mean something to the source alone; an
  /// empty one begins.
  struct Cursor {
    std::string bookmark;
    bool done = false;
  };
  virtual void scan(Position at, Cursor& cursor,
                    const std::function<bool(const Version&)>& visit) const = 0;
  /// The bookmark of a scan that has come to the row, along orders()[order] if that is given: for
  /// another cut, or another process, with as many shards. Empty: a scan can't go on from there.
  virtual std::string bookmarkBehind(Position, const Version&, std::optional<size_t>) const {
    return {};
  }
  /// A cursor behind such a bookmark; nothing if the bytes, which may be anything, are none of this
  /// source.
  virtual std::optional<Cursor> cursorAt(std::string_view, std::optional<size_t>) const {
    return std::nullopt;
  }

  /// Indexes that scans in order can use: output columns with their directions; 0-based.
  struct Order {
    std::vector<uint32_t> columns;
    std::vector<bool> descending;
    std::vector<bool> nullsFirst;
  };
  virtual std::vector<Order> orders() const = 0;
  /// As scan, but in the order of orders()[order], backwards if `reverse`, from the first row whose
  /// leading columns are not before `from` (an ordered key as appendOrderedKey makes it; empty: the
  /// beginning) while their ordered key begins with `prefix`.
  virtual void scanOrdered(Position at, size_t order, bool reverse, std::string_view from,
                           std::string_view prefix, Cursor& cursor,
                           const std::function<bool(const Version&)>& visit) const = 0;
};

/// A view's rows over its shards. The shards outlive the source.
std::unique_ptr<RowSource> viewSource(std::vector<const ViewShard*> shards);
std::unique_ptr<RowSource> tableSource(const Tables& tables, uint32_t table);

}  // namespace facet
