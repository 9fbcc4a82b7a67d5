// How a view's row lies in its versioned map, for the writer and for readers:
//
//   key     the stored key: a packed row
//   value   rest row           output columns that are not read elsewhere (if there are any)
//           row of extremes    texts of min and max that are kept in place (if there are any)
//           accumulators       of the aggregates, 8-byte aligned
//   weight  source rows behind it; a global aggregate has one more, for it is always there
//   flags   kHidden: HAVING does not let it pass; kFailedGroup: its result failed
//
// Thread: pure functions.
#pragma once

#include "views/plan/view_operators.h"
#include "views/store/store_version.h"

namespace facet {

/// Version::flags of a group whose result failed: it is not shown, and the view is degraded. Which
/// expression failed and why stands in the bits behind.
constexpr uint32_t kFailedGroup = 2;

inline bool isShown(const Version& version) {
  return version.weight > 0 && (version.flags & (Version::kHidden | kFailedGroup)) == 0;
}

inline int64_t rowsOf(const ViewPlan::Operators& plan, const Version& version) {
  return version.weight - (plan.global ? 1 : 0);
}

inline const char* accumulatorsOf(const ViewPlan::Operators& plan, const Version& version) {
  return version.valueData() + version.valueBytes - plan.accumulatorBytes;
}
inline char* accumulatorsOf(const ViewPlan::Operators& plan, Version& version) {
  return version.valueData() + version.valueBytes - plan.accumulatorBytes;
}

/// Bytes of the rest row.
inline uint32_t restBytes(const ViewPlan::Operators& plan, const Version& version) {
  return plan.restLayout.size() == 0 ? 0 : version.valueRow().size();
}

/// An output column; texts point into the version.
inline Value outputValue(const ViewPlan::Operators& plan, const Version& version, size_t column) {
  const OutputPlace& place = plan.places[column];
  switch (place.in) {
    case OutputPlace::In::key:
      return version.keyRow().get(plan.keyLayout, place.index);
    case OutputPlace::In::rest:
      return version.valueRow().get(plan.restLayout, place.index);
    case OutputPlace::In::aggregate:
      break;
  }
  return plan.aggregates[place.index].result(accumulatorsOf(plan, version), rowsOf(plan, version));
}

/// The hash that decides the shard of a stored key; `whole`: the hash of its bytes.
inline uint64_t shardHash(const ViewPlan::Operators& plan, Row key, uint64_t whole,
                          RowBuilder& builder) {
  if (plan.shardsByWholeKey()) return whole;
  builder.start(plan.shardLayout);
  for (uint32_t i = 0; i < plan.shardColumns; ++i) builder.set(i, key.get(plan.keyLayout, i));
  return hashRow(builder.finish().bytes());
}

}  // namespace facet
