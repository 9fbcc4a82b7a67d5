// Snapshots: a node's own: takes them, when asked to and by itself, lists, checks and prunes them.
// One thing at a time: whoever comes second waits. Who wants to list or to read them does not:
// open() goes on beside everything else, and what is read stays. Thread: any; create() and verify()
// take long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/log/control_history.h"
#include "actors/log/lag_clock.h"
#include "actors/log/notice.h"
#include "actors/snapshots/shared_readers.h"
#include "actors/snapshots/snapshot_capture.h"
#include "actors/threads/changes.h"
#include "storage/snapshot_store.h"

namespace facet {

struct SnapshotInfo {
  std::string name;
  SnapshotManifest manifest;
  uint64_t bytes = 0;
  double seconds = 0;       // of create() or verify(); 0: not measured
  std::string problem;      // not empty: it is damaged, and was set aside, or will be
  bool isUnread = false;    // the problem is that it could not be looked at: it stays as it is
  bool isSetAside = false;  // it was before: what its manifest says was not looked at
};

/// For the operator of a node that goes on with a log of which some is damaged.
std::string damageText(const LogDamaged& damage);

class Snapshots {
 public:
  struct Options {
    CaptureSources sources;
    LogId logId;
    /// What the log says of itself, its durable head, and the wait for what becomes visible.
    const ControlHistory* history = nullptr;
    const LagClock* lag = nullptr;
    Changes* changes = nullptr;
    Clock* wall = nullptr;  // what a snapshot says it was taken at
    Notice notice;
    /// Events after which one is taken by itself; 0: never.
    uint64_t every = 0;
    Position last;  // of the newest one
    /// The log. Where it begins later, or is damaged, the node starts only from a snapshot of what
    /// is after that: the last sound one stays, and one is taken by itself if there is none.
    const EventLog* log = nullptr;
  };

  Snapshots(SnapshotStore& store, Options options);
  ~Snapshots();

  /// Takes one at the newest cut, reads it back, and removes those that are one too many. Returns
  /// the one that is there, if nothing happened since. Throws std::runtime_error (LogFull, …).
  SnapshotInfo create();
  /// Oldest first, with those that were set aside. Waits for nothing.
  std::vector<SnapshotInfo> list() const;
  /// Checks all of them, or one. What is damaged is set aside.
  std::vector<SnapshotInfo> verify();
  /// Keeps the newest `keep`, at least one, and some that are being read; none that was set aside.
  /// Where the node needs one, it looks whether a sound one is among them, or else keeps more, and
  /// while there is none, those that were set aside: a start looks at them again.
  /// Returns those that went.
  std::vector<SnapshotInfo> prune(size_t keep);

  struct Opened {
    std::string name;
    std::shared_ptr<const SnapshotReader> reader;
  };
  /// To read one: of this name, or, if it is empty, the newest of the model that the node has now;
  /// nothing if there is none. One whose manifest or structure is damaged is set aside. It is not
  /// pruned while the reader is held (limits.h); this object must outlive it.
  std::optional<Opened> open(const std::string& name);
  /// A reader found damage: sets it aside.
  void reportDamage(const std::string& name, const std::string& what);

  /// Why one that the node needs could not be taken, for the operator; empty: nothing is wrong.
  std::string problem() const;

  /// Held while one is taken, read or removed.
  std::mutex& exclusive() { return mutex_; }

  /// Ends the thread that takes them by itself; one under way is given up.
  void stop();

 private:
  /// How a snapshot leaves disk and processor to those who write: while they do, it rests after
  /// each frame for some times as long as that took.
  struct Pace {
    std::chrono::steady_clock::time_point since;
    Position head;
  };
  Pace startPace();
  void rest(Pace& pace);

  void run();
  bool waitForLook();
  void onFailure(const std::string& why, uint64_t before);
  SnapshotInfo read(const std::string& name) const;
  std::vector<SnapshotInfo> setAsideInfos() const;
  void makeRoom(const std::string& name);
  void write(Capture& capture, const std::string& name);
  void check(SnapshotInfo& info);
  std::vector<SnapshotInfo> pruneTo(size_t keep);
  struct Kept {
    size_t count;
    bool sound;  // one that the node can start from is among them, if it needs one
  };
  Kept withSound(size_t keep);
  bool isUsable(const SnapshotManifest& manifest) const;
  bool hasUsable() const;
  ChunkNumber leastEnd() const;
  bool isNeeded() const { return leastEnd().value > 0; }
  void lookAtLog();
  bool isDue() const;
  std::shared_ptr<const SnapshotReader> hold(const std::string& name);
  std::string setAside(const std::string& name, const std::string& what);

  SnapshotStore& store_;
  Options options_;
  std::mutex mutex_;  // one thing at a time
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> last_;        // position of the newest
  std::atomic<bool> missing_{false};  // there is none, though the node needs one

  // The thread's own.
  std::optional<ChunkNumber> damaged_;  // the damage that it has told of
  bool behindDamage_ = false;           // it has not seen to a snapshot behind that
  int failures_ = 0;                    // to take one that is missing, one after another
  std::chrono::steady_clock::time_point nextTry_;

  std::mutex storeMutex_;  // taken first, for long: one opens, removes or renames at a time
  SharedReaders readers_;

  mutable std::mutex waitMutex_;
  std::string whyMissing_;  // under it: what the last attempt to take one that is missing met
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace facet
