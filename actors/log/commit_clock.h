// CommitClock: the time that commits are stamped with. `_time` never goes back, so a clock that
// once was far ahead would stamp every later event so: what it says is compared with what is known.
//
// - While running: with the one that goes on while the machine sleeps. A jump of more than
//   kMaxClockJump beside it is not taken: commits go on with the time that passed, and problem()
//   says so, until the clock is back or the node is started anew.
// - At start: with the log's last commit (clockProblem). A clock more than a day behind it, or more
//   than a year after it, is refused: one of them is wrong. A pause of weeks is not: nothing tells
//   it from a jump then.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "actors/log/clock.h"

namespace facet {

class CommitClock final : public Clock {
 public:
  explicit CommitClock(const Clocks& clocks);

  int64_t now() override;
  /// For the operator; empty: nothing is wrong.
  std::string problem();

 private:
  int64_t look();

  const Clocks clocks_;
  std::mutex mutex_;  // guards what follows: the last time that was believed
  int64_t wall_;
  int64_t boot_;
};

/// What is wrong with a clock beside the time of the log's last commit, both in microseconds since
/// 1970; empty: nothing.
std::string clockProblem(int64_t now, int64_t lastCommit);
/// Of a node that runs: the log's last time is ahead; empty: it is not.
std::string aheadProblem(int64_t now, int64_t lastCommit);

}  // namespace facet
