// CompletionQueue: the one way from the node's threads into an RPC thread's event loop. What they
// report is put behind a mutex; the loop is woken only if it had nothing to fetch yet, so that a
// burst of reports costs one wake-up. Thread: what begins with "on" by any; everything else
// by the RPC thread.
#pragma once

#include <kj/async-unix.h>
#include <kj/io.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "actors/node.h"
#include "server/feed_endpoint.h"
#include "server/read_gate.h"

namespace facet {

class CompletionQueue final : public NodeListener, public GateWaker, public DurableWaker {
 public:
  /// What the RPC thread does with reports.
  class Handler {
   public:
    virtual void handleOutcome(BatchOutcome outcome) = 0;
    /// Something newer may be visible: it asks the cuts what.
    virtual void handleVisible() = 0;
    /// The log's end may have moved.
    virtual void handleDurable() = 0;

   protected:
    ~Handler() = default;
  };

  /// `onFailed` is called on the node's thread, and ends the process.
  CompletionQueue(kj::UnixEventPort& port, std::function<void(const std::string&)> onFailed);
  ~CompletionQueue() noexcept override;

  /// Hands reports to the handler; never resolves.
  kj::Promise<void> run(Handler& handler);

  /// Wakes the loop as soon as this position is visible; UINT64_MAX: don't. After it the caller
  /// looks at Cuts::visible() once more: what had become visible before is not reported.
  void wakeAt(uint64_t position) override { wakeAt_.store(position, std::memory_order_seq_cst); }

  /// Whether the loop is woken when the log's end moves. After it the caller looks at the log once
  /// more.
  void tellDurable(bool tell) override { tellDurable_.store(tell, std::memory_order_seq_cst); }

  void onOutcomes(std::vector<BatchOutcome> outcomes) override;
  void onVisible(Position visible) override;
  void onFailed(const std::string& reason) override;
  void onDurable() override;
  void onAlarm(const std::string& what) override;

 private:
  void wake();

  std::mutex mutex_;
  std::vector<BatchOutcome> outcomes_;
  bool woken_ = false;
  std::atomic<uint64_t> wakeAt_{UINT64_MAX};
  std::atomic<bool> tellDurable_{false};
  std::function<void(const std::string&)> onFailed_;
  kj::AutoCloseFd event_;  // an eventfd that nobody reads: each write is a new edge for epoll
  kj::UnixEventPort::FdObserver observer_;
};

}  // namespace facet
