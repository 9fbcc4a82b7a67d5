// Snapshots: a node's own: takes them, when asked to and by itself, lists, checks and prunes them.
// One thing at a time: whoever comes second waits. Thread: any; create() and verify() take long.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/snapshot_capture.h"
#include "storage/snapshot_store.h"

namespace facet {

struct SnapshotInfo {
  std::string name;
  SnapshotManifest manifest;
  uint64_t bytes = 0;
  double seconds = 0;   // of create() or verify()
  std::string problem;  // not empty: it is damaged, and was set aside
};

class Snapshots {
 public:
  struct Options {
    CaptureSources sources;
    LogId logId;
    /// Payloads of the log's control chunks before this one.
    std::function<std::vector<std::string>(ChunkNumber before)> controls;
    /// The log's durable head.
    std::function<Position()> head;
    /// Waits as Capture's, for no longer than the time.
    std::function<bool(const std::function<bool()>&, std::chrono::milliseconds)> wait;
    /// A line for the operator.
    std::function<void(const std::string&)> notice;
    /// Events after which one is taken by itself; 0: never.
    uint64_t every = 0;
    Position last;  // of the newest one
  };

  Snapshots(SnapshotStore& store, Options options);
  ~Snapshots();

  /// Takes one at the newest cut, reads it back, and removes those that are one too many. Returns
  /// the one that is there, if nothing happened since. Throws std::runtime_error (LogFull, …).
  SnapshotInfo create();
  /// Oldest first.
  std::vector<SnapshotInfo> list();
  /// Checks all of them, or one. What is damaged is set aside.
  std::vector<SnapshotInfo> verify();
  /// Keeps the newest `keep`, at least one. Returns those that went.
  std::vector<SnapshotInfo> prune(size_t keep);

  /// Held while one is taken, read or removed.
  std::mutex& exclusive() { return mutex_; }

  /// Ends the thread that takes them by itself; one under way is given up.
  void stop();

 private:
  void run();
  SnapshotInfo read(const std::string& name) const;
  void write(Capture& capture, const std::string& name);
  void check(SnapshotInfo& info);
  std::vector<SnapshotInfo> pruneTo(size_t keep);
  bool isDue() const;

  SnapshotStore& store_;
  Options options_;
  std::mutex mutex_;  // of the store
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> last_;  // position of the newest

  std::mutex waitMutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace facet
