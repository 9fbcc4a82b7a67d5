// FullLog: while the log has no room, batches are refused at the door. Else each would be decided,
// refused by the log, and taken back, for nothing: clients that try again would keep the sequencer
// busy with it. It is told to the operator when it begins and when it is over, once each: a log
// with little room takes a small batch now and then, and is full nevertheless. Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace facet {

class FullLog {
 public:
  /// `left`: bytes that the log has room for, asked only while it is full or was. `tell`: a line
  /// for the operator.
  FullLog(std::function<uint64_t()> left, std::function<void(const std::string&)> tell)
      : left_(std::move(left)), tell_(std::move(tell)) {}

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
  const std::function<uint64_t()> left_;
  const std::function<void(const std::string&)> tell_;
  std::atomic<bool> full_{false};
  std::atomic<bool> told_{false};  // and not yet that it is over
  std::mutex mutex_;               // guards nextProbe_
  int64_t nextProbe_ = 0;
};

}  // namespace facet
