// ViewWatch: tells the operator when a view degrades, why, and what to do; and when it is live
// again. A view that turns over and over is told of so often and then seldom: what is told must not
// fill a disk. Thread: one of its own, which looks at the views from time to time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/log/clock.h"
#include "actors/log/notice.h"
#include "views/live_view.h"

namespace facet {

/// What is wrong with a view, and what to do; empty: it is live.
std::string viewProblem(const ViewType& view, const RelationStatus& status);
/// The same of a table.
std::string tableProblem(const RelationStatus& status);

/// Whether a view's turns are to be told of now. Pure.
class TurnTeller {
 public:
  enum class Line : uint8_t { none, degraded, liveAgain };

  /// The view stands so at a time (ms): it fails, or does not; and it has begun to so often.
  Line look(bool fails, uint64_t failures, int64_t now);
  /// Failures that the last line tells of, beyond one, and that no line did.
  uint64_t untold() const { return untold_; }

 private:
  bool fails_ = false;  // as told of
  uint64_t failures_ = 0;
  uint64_t untold_ = 0;
  int lines_ = 0;  // that may not be told now
  int64_t since_ = 0;
};

class ViewWatch {
 public:
  ViewWatch(std::vector<const LiveView*> views, Cuts& cuts, Clock& steady, Notice tell);
  ~ViewWatch() { stop(); }
  void stop();

 private:
  void run();
  void look(size_t view, int64_t now);

  const std::vector<const LiveView*> views_;
  Cuts& cuts_;
  Clock& clock_;
  const Notice tell_;
  std::vector<TurnTeller> tellers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace facet
