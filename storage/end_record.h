// EndRecord: a LogEnd as it is on disk, with magic and checksum: in high_water.h and seal.h.
// DO NOT CHANGE: it is on disk. Little endian. A value.
#pragma once

#include <cstdint>

#include "storage/event_log.h"

namespace facet {

struct EndRecord {
  uint32_t magic;
  uint32_t crc32c;  // of everything after it
  uint64_t detail;  // what the record's user adds
  uint64_t next;
  uint64_t last;
  uint32_t epoch;
  uint32_t reserved;  // zero
  int64_t time;
  uint64_t hashLow;
  uint64_t hashHigh;
};
static_assert(sizeof(EndRecord) == 64);

EndRecord makeEndRecord(uint32_t magic, uint64_t detail, const LogEnd& end);

/// Whether magic and checksum are right.
bool isIntact(const EndRecord& record, uint32_t magic);

LogEnd endOf(const EndRecord& record);

}  // namespace facet
