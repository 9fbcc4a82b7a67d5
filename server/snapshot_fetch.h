// Fetching a snapshot from another node: pulls its parts over Feed.snapshot, one request at a time,
// into a store, compares them with the hash that the node names, and reads them back.
// Thread: the event loop's. Each frame is written durably there, so that the loop stands still for
// some milliseconds: it is for processes that have nothing else to do until the snapshot is there.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <functional>
#include <string>

#include "schema/facet.capnp.h"
#include "storage/snapshot_store.h"

namespace facet {

struct SnapshotFetchOptions {
  /// Which one; empty: the newest that the node has.
  std::string name = {};
  /// Called with each part: how many of how many are there.
  std::function<void(uint64_t done, uint64_t count)> progress = [](uint64_t, uint64_t) {};
};

struct FetchedSnapshot {
  std::string name;    // in the store; empty: the node has none
  uint64_t bytes = 0;  // that were fetched; 0: the store had it already
};

/// A snapshot that the node has. Where the newest is wanted, one that is removed there meanwhile is
/// begun anew with the one that is the newest then. `store` and `timer` must outlive the promise;
/// dropping it ends the fetch, and leaves nothing. Fails (kj::Exception: disconnected, overloaded,
/// failed) if the node does, if what came is not sound, and if it can't be written.
kj::Promise<FetchedSnapshot> fetchSnapshot(wire::Feed::Client feed, SnapshotStore& store,
                                           kj::Timer& timer, SnapshotFetchOptions options = {});

/// Whether a fetch failed because the snapshot that was named is not there any more.
bool isSnapshotGone(const kj::Exception& why);

}  // namespace facet
