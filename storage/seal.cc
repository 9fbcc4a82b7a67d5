#include "storage/seal.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "storage/durable_file.h"
#include "storage/end_record.h"

namespace facet {

namespace {

constexpr uint32_t kStartMagic = 0x53454c46;  // "FLES"
constexpr uint32_t kEndMagic = 0x45454c46;    // "FLEE"

}  // namespace

void writeSeal(const std::filesystem::path& folder, const Seal& seal) {
  const EndRecord records[2] = {makeEndRecord(kStartMagic, seal.dataBytes, seal.start),
                                makeEndRecord(kEndMagic, seal.dataBytes, seal.end)};
  writeDurably(folder / "sealed", {reinterpret_cast<const char*>(records), sizeof records});
}

std::optional<Seal> readSeal(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "sealed";
  if (!isThere(file)) return std::nullopt;
  const FileDescriptor fd = openFile(file, O_RDONLY);
  EndRecord records[2] = {};
  const bool whole = fileSize(fd.get(), file) == sizeof records &&
                     readAt(fd.get(), file, records, sizeof records, 0) == sizeof records;
  if (!whole || !isIntact(records[0], kStartMagic) || !isIntact(records[1], kEndMagic) ||
      records[0].detail != records[1].detail) {
    throw LogFailed(
        fmt::format("{}: the segment's seal is damaged (two records with right checksums "
                    "expected)",
                    file.string()),
        "Restore the file from a backup or a replica");
  }
  return Seal{endOf(records[0]), endOf(records[1]), records[0].detail};
}

}  // namespace facet
