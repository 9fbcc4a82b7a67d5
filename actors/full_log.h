// FullLog: while the log has no room, batches are refused at the door. Else each would be decided,
// refused by the log, and taken back, for nothing: clients that try again would keep the sequencer
// busy with it. Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace facet {

class FullLog {
 public:
  /// The log took nothing for want of room.
  void full();
  /// It took something.
  void taken();

  /// Why a batch of so many bytes is refused; empty: it is not. `left`: bytes that the log has room
  /// for, asked only while it is full. Where they should do, one batch in kFullProbe tries it.
  std::string refusal(size_t bytes, const std::function<uint64_t()>& left, int64_t nowMs);

 private:
  std::atomic<bool> full_{false};
  std::mutex mutex_;
  int64_t nextProbe_ = 0;
};

}  // namespace facet
