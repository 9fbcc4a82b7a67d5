// How a query gets at its rows: by key, along an index, or by looking at all. Decided from
// equalities in WHERE and from ORDER BY. Pure; thread: value.
#pragma once

#include <string>
#include <vector>

#include "sql/select.h"
#include "views/tables/row_source.h"

namespace facet {

struct QueryAccess {
  enum class How : uint8_t { key, index, all } how = How::all;
  std::string key;   // key: the packed key row
  size_t order = 0;  // index: of RowSource::orders()
  bool reverse = false;
  std::string prefix;    // index: ordered key that entries begin with
  bool inOrder = false;  // rows come as ORDER BY wants them

  /// Bytes that are the same where rows come in the same order.
  std::string form() const;
};

/// Not for aggregated queries' ORDER BY: there `order` is about groups.
QueryAccess chooseAccess(const RowSource& source, const Select& select);

}  // namespace facet
