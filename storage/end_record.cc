#include "storage/end_record.h"

#include <cstddef>

#include "storage/checksum.h"

namespace facet {

namespace {

uint32_t checksum(const EndRecord& record) {
  constexpr size_t kFrom = offsetof(EndRecord, detail);
  return crc32c({reinterpret_cast<const char*>(&record) + kFrom, sizeof record - kFrom});
}

}  // namespace

EndRecord makeEndRecord(uint32_t magic, uint64_t detail, const LogEnd& end) {
  EndRecord record{.magic = magic,
                   .crc32c = 0,
                   .detail = detail,
                   .next = end.next.value,
                   .last = end.last.value,
                   .epoch = end.epoch.value,
                   .reserved = 0,
                   .time = end.time,
                   .hashLow = end.hash.low,
                   .hashHigh = end.hash.high};
  record.crc32c = checksum(record);
  return record;
}

bool isIntact(const EndRecord& record, uint32_t magic) {
  return record.magic == magic && record.crc32c == checksum(record);
}

LogEnd endOf(const EndRecord& record) {
  return {.next = {record.next},
          .last = {record.last},
          .epoch = {record.epoch},
          .time = record.time,
          .hash = {record.hashLow, record.hashHigh}};
}

}  // namespace facet
