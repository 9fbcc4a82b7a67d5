// SharedReaders: the snapshots that are being read. LMDB must not open a file twice:
// those who read the same one share its reader. Thread: any.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "storage/snapshot_store.h"

namespace facet {

class SharedReaders {
 public:
  /// Null: nobody reads the snapshot. What it gives must not outlive this.
  std::shared_ptr<const SnapshotReader> share(const std::string& name);
  /// Of a snapshot that nobody reads, just opened.
  std::shared_ptr<const SnapshotReader> add(const std::string& name,
                                            std::unique_ptr<SnapshotReader> reader);
  bool isHeld(const std::string& name);
  /// Its name is free for another snapshot, though it may still be read.
  void forget(const std::string& name);

 private:
  struct Held {
    std::string name;
    std::unique_ptr<SnapshotReader> reader;
    size_t holders = 0;
    bool gone = false;  // another snapshot may have the name now
  };
  void release(Held& held);

  std::mutex mutex_;  // an event loop lets go of what it holds: never taken for long
  std::list<Held> held_;
};

}  // namespace facet
