// LogFeed: a feed without a network: another log, read directly; and what goes wrong on the way.
// Thread: what FeedSource says; everything else by the test's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "actors/replication/feed_source.h"

namespace facet::test {

/// Waits for what another thread does; false: it did not come in ten seconds.
class Signal {
 public:
  void notify();
  bool wait(const std::function<bool()>& condition);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class LogFeed final : public FeedSource {
 public:
  explicit LogFeed(const EventLog& log) : log_(&log) {}

  /// Chunks of a batch.
  std::atomic<size_t> batchChunks = 3;
  /// Changes the next batch, once.
  void tamper(std::function<void(FeedBatch&)> change);

  std::optional<LogId> agree(std::optional<LogId> own) override { return own; }
  std::optional<FeedBatch> next(const LogEnd& end) override;
  /// The upstream has none.
  std::optional<std::string> fetchSnapshot(SnapshotStore&) override { return std::string(); }
  void refuse(const std::string& why) override;
  void stalled(const std::string& why, const LogEnd& end) override;
  void modelChanged() override;
  void interrupt() override;
  /// It was interrupted, and is used again.
  void resume();

  /// Waits until it was told so.
  bool refused(const std::string& part);
  bool wasStalled(const std::string& part);
  bool changedModel();

 private:
  bool told(const std::vector<std::string>& texts, const std::string& part);

  const EventLog* log_;
  Signal signal_;
  std::mutex mutex_;  // of what follows
  std::function<void(FeedBatch&)> tamper_;
  bool interrupted_ = false;
  bool modelChanged_ = false;
  std::vector<std::string> refusals_;
  std::vector<std::string> stalls_;
};

}  // namespace facet::test
