// DigestCheck: compares a replica's digests with its upstream's, of each table and view, at equal
// positions.
// In whatever order they come, each waits for its counterpart; the newest are kept, so that what
// has none (the view was degraded there, or the upstream noted it long ago) does not wait for ever.
// Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "actors/log/digest_notes.h"

namespace facet {

struct DigestDifference {
  std::string relation;
  Position position;
  uint128 own = 0;
  uint128 upstream = 0;
};

class DifferenceSink {
 public:
  /// On the thread of the later of the two digests.
  virtual void differed(const DigestDifference& found) = 0;

 protected:
  ~DifferenceSink() = default;
};

class DigestCheck {
 public:
  explicit DigestCheck(DifferenceSink& next) : next_(next) {}

  void addOwn(const DigestNote& note);
  void addUpstream(const DigestNote& note);

  struct Figures {
    uint64_t compared = 0;
    uint64_t differed = 0;
  };
  Figures figures() const;

 private:
  using Place = std::pair<Position, std::string>;
  using Waiting = std::map<Place, uint128>;
  /// The counterpart, which waits no more; or this one waits now.
  static bool match(const DigestNote& note, Waiting& others, Waiting& own, uint128& other);
  void count(const DigestDifference& found);

  DifferenceSink& next_;
  mutable std::mutex mutex_;
  Waiting own_;
  Waiting upstream_;
  Figures figures_;
};

}  // namespace facet
