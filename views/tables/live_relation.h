// LiveRelation: a view or a table of a running node, as readers see it. Thread: any.
#pragma once

#include <cstdint>
#include <string>

#include "model/model.h"
#include "views/store/cuts.h"
#include "views/tables/row_source.h"

namespace facet {

/// A view or a table that can be read.
class LiveRelation {
 public:
  virtual ~LiveRelation() = default;
  /// The rows, for a reader who holds a pin, at a cut: a view that was rebuilt has others for cuts
  /// from before.
  virtual const RowSource& source(Position at) const = 0;
  const RowSource& source() const { return source({UINT64_MAX}); }
  /// The position to read at, given a pin of the newest cut: the pin's; of a degraded view its last
  /// good one, which stays readable as long as the pin. `why` gets the reason if it is degraded.
  virtual Position cut(Cuts::Pin& pin, std::string* why) const = 0;
  virtual bool degraded() const = 0;
  virtual const ViewType* view() const = 0;    // null: a table
  virtual const TableType* table() const = 0;  // null: a view
  virtual uint32_t index() const = 0;          // in the model's views or tables
  /// Why it can't be read at all; null: it can. Once it can't, it stays so.
  virtual const std::string* outOfService() const { return nullptr; }
};

}  // namespace facet
