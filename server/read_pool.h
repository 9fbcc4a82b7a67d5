// ReadPool: threads beside the event loop for what may take long: queries, pages of scans, reads of
// the log. A job runs in slices, and jobs of different clients take turns, so that a long one holds
// up nobody. Each has a deadline, and ends when nobody waits for it any more. Thread: belongs to
// its event loop; only Job::step runs on the pool's.
#pragma once

#include <kj/async-unix.h>
#include <kj/async.h>
#include <kj/timer.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/fair_queue.h"
#include "server/wake_up.h"

namespace facet {

class ReadPool {
 public:
  /// Made and destroyed by the event loop's thread.
  class Job {
   public:
    virtual ~Job() noexcept(false) = default;

    /// Works for a millisecond or so, on one of the pool's threads. False: it is done. What it
    /// throws is the job's end.
    virtual bool step() = 0;

    /// What its client is told where it took longer than it may.
    virtual std::string tooLate(kj::Duration most) const = 0;

   protected:
    /// Set once the job is to end soon, whatever it is at.
    const std::atomic<bool>& stopAsked() const { return stop_; }

   private:
    friend class ReadPool;
    std::atomic<bool> stop_{false};
  };

  /// Throws std::runtime_error where there can be no thread.
  ReadPool(kj::UnixEventPort& port, kj::Timer& timer, unsigned threads);
  /// Stops.
  ~ReadPool();
  ReadPool(const ReadPool&) = delete;

  /// Gives the job back when it is done, or what it threw, or tooLate(). Dropping the promise ends
  /// the job.
  kj::Promise<kj::Own<Job>> run(uint64_t client, kj::Own<Job> job, kj::Duration most);

  /// Ends every job; none is taken from now on. Returns within the time of a slice.
  void stop();

  bool idle() const { return tasks_.empty(); }

 private:
  class Waiter;
  struct Task;
  using Tasks = std::list<std::unique_ptr<Task>>;

  void work();
  void workOn(Task& task);
  void takeDone();
  void finish(Task& task);
  void abandon(Task& task);
  void endEarly(Task& task, kj::Exception why);

  kj::Timer& timer_;
  Tasks tasks_;  // the event loop's; what is under way

  std::mutex mutex_;
  std::condition_variable waiting_;
  FairQueue<Task*> queue_;
  std::vector<Task*> done_;
  bool stopping_ = false;

  WakeUp finished_;
  std::vector<std::thread> threads_;
};

}  // namespace facet
