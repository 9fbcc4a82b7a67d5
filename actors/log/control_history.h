// ControlHistory: what the log says about itself (recovery.h), while it grows and others read it.
// Thread: any.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/log/recovery.h"

namespace facet {

class ControlHistory {
 public:
  explicit ControlHistory(LogHistory history) : history_(std::move(history)) {}

  /// A control chunk more. Throws LogFailed.
  void add(ChunkNumber number, std::string_view record);

  /// Payloads of the control chunks before this one, as a snapshot has them.
  std::vector<std::string> before(ChunkNumber chunk) const;
  /// The epoch that came after this one; nothing: it is not over.
  std::optional<EpochStart> endOf(Epoch epoch) const;
  /// Events that views take back.
  std::vector<SkipRecord> skips() const;

 private:
  mutable std::mutex mutex_;
  LogHistory history_;
};

}  // namespace facet
