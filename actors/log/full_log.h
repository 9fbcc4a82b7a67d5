// FullLog: while the log has no room, batches are refused at the door. Else each would be decided,
// refused by the log, and taken back, for nothing: clients that try again would keep the sequencer
// busy with it. It is told to the operator when it begins and when it is over, once each: a log
// with little room takes a small batch now and then, and is full nevertheless. Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "actors/log/notice.h"
#include "storage/event_log.h"

namespace facet {

class FullLog {
 public:
  /// The log is asked for its space only while it is full, or was.
  FullLog(const EventLog& log, Notice notice) : log_(log), notice_(std::move(notice)) {}

  /// At the start: a log that has no room is full, before it has refused anything.
  void look();
  /// The log took nothing for want of room.
  void full();
  /// It took something.
  void taken();

  /// Why a batch of so many bytes is refused; empty: it is not. Where they should do, one batch in
  /// kFullProbe tries it.
  std::string refusal(size_t bytes, int64_t nowMs);
  /// What an operator must know and do; empty: nothing.
  std::string problem() const;

 private:
  uint64_t left() const { return log_.space().left; }

  const EventLog& log_;
  const Notice notice_;
  std::atomic<bool> full_{false};
  std::atomic<bool> told_{false};  // and not yet that it is over
  std::mutex mutex_;               // guards nextProbe_
  int64_t nextProbe_ = 0;
};

}  // namespace facet
