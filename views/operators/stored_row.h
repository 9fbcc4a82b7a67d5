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

#include "views/plan/store_plan.h"
#include "views/store/store_version.h"

namespace facet {

/// Version::flags of a group whose result failed: it is not shown, and the view is degraded. Which
/// expression failed and why stands in the bits behind.
constexpr uint32_t kFailedGroup = 2;

inline bool isShown(const Version& version) {
  return version.weight > 0 && (version.flags & (Version::kHidden | kFailedGroup)) == 0;
}

inline int64_t rowsOf(const StorePlan& plan, const Version& version) {
  return version.weight - (plan.global ? 1 : 0);
}

inline const char* accumulatorsOf(const StorePlan& plan, const Version& version) {
  return version.valueData() + version.valueBytes - plan.accumulatorBytes;
}
inline char* accumulatorsOf(const StorePlan& plan, Version& version) {
  return version.valueData() + version.valueBytes - plan.accumulatorBytes;
}

/// Bytes of the rest row.
inline uint32_t restBytes(const StorePlan& plan, const Version& version) {
  return plan.restLayout.size() == 0 ? 0 : version.valueRow().size();
}

/// An output column; texts point into the version.
inline Value outputValue(const StorePlan& plan, const Version& version, size_t column) {
  const OutputPlace& place = plan.places[column];
  switch (place.in) {
    case OutputPlace::In::key:
      return version.keyRow().get(plan.format.key, place.index);
    case OutputPlace::In::rest:
      return version.valueRow().get(plan.restLayout, place.index);
    case OutputPlace::In::aggregate:
      break;
  }
  return plan.aggregates[place.index].result(accumulatorsOf(plan, version), rowsOf(plan, version));
}

}  // namespace facet
