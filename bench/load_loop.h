// LoadLoop: sends requests and measures them.
//
// Closed loop: each connection always has its number of requests under way. Open loop: requests
// have planned times, `rate` operations a second, whatever the answers do; latency counts from the
// planned time, so that a stall of the server shows in all the requests that it delayed, and
// service from the moment of sending. Every operation of a request counts with the request's time.
//
// Thread: belongs to an event loop.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <vector>

#include "values/histogram.h"

namespace facet {

struct LoadPlan {
  unsigned connections = 2;
  unsigned inFlight = 4;  // requests of a connection; an open loop too sends no more
  unsigned perRequest = 500;
  uint64_t operations = 0;  // 0: until the time is over
  double seconds = 0;       // 0: until the operations are done
  double rate = 0;          // operations a second; 0: closed loop
};

struct Measured {
  uint64_t operations = 0;  // answered
  double seconds = 0;       // from the first request to the last answer
  Histogram latency;
  Histogram service;
};

/// What is sent.
class Requests {
 public:
  virtual ~Requests() noexcept(false) = default;
  /// Sends a request of so many operations; resolves when the answer is there and looked at.
  virtual kj::Promise<void> send(unsigned connection, unsigned operations) = 0;
};

/// Time, in nanoseconds.
class LoadClock {
 public:
  virtual ~LoadClock() noexcept(false) = default;
  virtual uint64_t now() = 0;
  virtual kj::Promise<void> until(uint64_t at) = 0;
};

class LoadLoop final : private kj::TaskSet::ErrorHandler {
 public:
  LoadLoop(const LoadPlan& plan, Requests& requests, LoadClock& clock);

  /// Resolves when everything is answered; fails with the first request that does.
  kj::Promise<void> run();
  /// Afterwards.
  const Measured& measured() const { return measured_; }

 private:
  bool open() const { return plan_.rate > 0; }
  uint64_t plannedTime() const;
  bool allSent(uint64_t next) const;
  bool findRoom();
  void pump();
  void wake(uint64_t at);
  void sendOne(uint64_t planned);
  void answered(unsigned connection, unsigned operations, uint64_t planned, uint64_t sent);
  void taskFailed(kj::Exception&& why) override;

  const LoadPlan plan_;
  Requests& requests_;
  LoadClock& clock_;
  Measured measured_;
  uint64_t began_ = 0;
  uint64_t sentOperations_ = 0;
  std::vector<unsigned> underWay_;  // by connection
  unsigned next_ = 0;               // connection
  uint64_t allUnderWay_ = 0;
  bool waking_ = false;
  kj::Own<kj::PromiseFulfiller<void>> done_;
  kj::TaskSet tasks_;
};

}  // namespace facet
