// VisibleLag: how long events took from being durable to being visible in every view that is not
// degraded: of each event, over the last ten to twenty seconds. Thread: any.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "actors/log/clock.h"
#include "values/histogram.h"
#include "values/position.h"

namespace facet {

/// Microseconds; all 0 if there were no events.
struct RecentLag {
  uint64_t events = 0;
  uint64_t p50 = 0;
  uint64_t p99 = 0;
  uint64_t max = 0;
};

class VisibleLag {
 public:
  explicit VisibleLag(Clock& steady) : clock_(steady), began_(steady.now()) {}

  /// What follows is durable now, up to here. Before the first: where the log begins to be watched.
  void begin(Position head);
  void durable(Position last);
  /// Everything up to here can be read now. Older positions change nothing.
  void visible(Position position);

  RecentLag recent();

 private:
  struct Mark {
    Position last;
    uint64_t events;
    int64_t at;
  };
  void turn(int64_t now);

  Clock& clock_;
  std::mutex mutex_;
  Position head_;
  std::deque<Mark> waiting_;  // durable, and not visible yet
  // The window that is being filled, and the one before it.
  Histogram current_;
  Histogram previous_;
  int64_t began_;  // the current one
};

}  // namespace facet
