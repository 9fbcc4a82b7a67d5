// The state of a view, or of the tables, as a snapshot has it: entries of the versioned maps, each
// of one part. They belong to no shard: who reads them gives each to the shard that its key belongs
// to. Indexes, digests and what else follows from the entries is not among them.
//
// Values lie as in memory: whoever changes a layout (stored_row.h, aggregates, value_sets,
// key_join, deduplication) raises kStateFormat. Thread: values.
#pragma once

#include <cstdint>
#include <string_view>

namespace facet {

constexpr uint32_t kStateFormat = 5;

/// Whether the state of a snapshot of this format can be restored. Format 4 is that of 5 but for
/// entries that failed (failed_source.h). Format 3 is that of 4 but for
/// the rows of errors, which are all counted together; format 2 that of 3 but for the digests of
/// commands, without which deduplication goes by numbers alone.
constexpr bool isKnownStateFormat(uint32_t format) {
  return format >= 2 && format <= kStateFormat;
}

enum class StatePart : uint32_t {
  // Of a view, in the order in which they are restored.
  heldRows = 1,  // the rows of the cut that a degraded view is read at
  rows = 2,      // groups, or plain rows (stored_row.h)
  values = 3,    // of count(DISTINCT), min and max (value_sets.h)
  beside = 4,    // plain rows whose key another one has
  entries = 5,   // below the joins: lower row → sums
  errors = 6,    // error rows (view_errors.h)
  // Beside the views.
  table = 7,
  deduplication = 8,
  streams = 9,
};

/// Of a view, for whoever goes through them.
constexpr StatePart kViewParts[] = {StatePart::rows, StatePart::values, StatePart::beside,
                                    StatePart::entries, StatePart::errors};

struct StateEntry {
  std::string_view key;
  std::string_view value;
  int64_t weight = 0;
  uint32_t flags = 0;  // Version::kOwnerFlags
};

}  // namespace facet
