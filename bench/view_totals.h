// The views of the benchmarks' model, (key, orders, revenue), read without generated structs: where
// the columns are is resolved once from the node's description. Thread: belongs to its connections'
// event loop.
#pragma once

#include <capnp/any.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/connections.h"
#include "bench/expected_totals.h"

namespace facet {

using AnyRows = capnp::List<capnp::AnyStruct>;
using AnyView = wire::View<capnp::AnyPointer, capnp::AnyPointer>;

/// Where a row has its key, orders and revenue.
class TotalsShape {
 public:
  /// `key`: name of the key column. Throws std::runtime_error if the view is another one.
  TotalsShape(const RelationShape& relation, const std::string& key);

  std::string_view key(capnp::AnyStruct::Reader row) const;
  Totals totals(capnp::AnyStruct::Reader row) const;
  /// The list of keys of a request; each has one text, the first pointer.
  AnyRows::Builder initKeys(capnp::AnyPointer::Builder out, unsigned count) const;

 private:
  uint32_t keySlot_;
  uint32_t ordersSlot_;
  uint32_t revenueSlot_;
  uint16_t keyWords_;
  uint16_t keyPointers_;
};

/// A reply's list of rows.
AnyRows::Reader rowsOf(capnp::AnyPointer::Reader rows);

/// All rows of a view, at or after the position that the token stands for.
TotalsByKey readTotals(Connections& connections, const std::string& view, const std::string& key,
                       const std::string& token);

/// The view's description. Throws std::runtime_error with advice if the node has no such view.
TotalsShape findTotals(Connections& connections, const std::string& view, const std::string& key);

}  // namespace facet
