#include "storage/high_water.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "storage/end_record.h"

namespace facet {

namespace {

constexpr uint32_t kMagic = 0x52574846;  // "FHWR"

std::string_view bytesOf(const EndRecord (&records)[2]) {
  return {reinterpret_cast<const char*>(records), sizeof records};
}

}  // namespace

void HighWater::create(const std::filesystem::path& file) {
  const EndRecord empty = makeEndRecord(kMagic, 0, LogEnd{});
  const EndRecord records[2] = {empty, empty};
  writeDurably(file, bytesOf(records));
}

HighWater::HighWater(std::filesystem::path file) : file_(std::move(file)) {
  if (!isThere(file_)) {
    throw LogFailed(
        fmt::format("{}: missing, so it cannot be seen whether the log lost its end",
                    file_.string()),
        "Restore it with the rest of the folder; or, if you know that the log is complete, create "
        "it as an empty file");
  }
  fd_ = openFile(file_, O_RDWR);
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throwSystemError(file_, "lock", errno);
    throw LogUnreadable(
        fmt::format("{}: the log is open in another process; stop that one first", file_.string()));
  }
  if (fileSize(fd_.get(), file_) == 0) return;
  EndRecord records[2] = {};
  readAt(fd_.get(), file_, records, sizeof records, 0);
  const bool intact[2] = {isIntact(records[0], kMagic), isIntact(records[1], kMagic)};
  if (!intact[0] && !intact[1]) {
    throw LogFailed(
        fmt::format("{}: both records are damaged, so it cannot be seen whether the log lost its "
                    "end",
                    file_.string()),
        "Restore the folder from a backup; or, if you know that the log is complete, make this "
        "file empty");
  }
  const bool second = intact[1] && (!intact[0] || records[1].next >= records[0].next);
  mark_ = endOf(records[second ? 1 : 0]);
  slot_ = second ? 0 : 1;
}

void HighWater::write(const LogEnd& end) {
  const EndRecord record = makeEndRecord(kMagic, 0, end);
  writeAt(fd_.get(), file_, {reinterpret_cast<const char*>(&record), sizeof record},
          slot_ * sizeof record);
  mark_ = end;
  slot_ ^= 1;
}

void HighWater::sync() {
  if (::fdatasync(fd_.get()) != 0) throwSystemError(file_, "sync", errno);
}

}  // namespace facet
