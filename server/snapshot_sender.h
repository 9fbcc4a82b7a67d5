// SnapshotSender: the side of Feed.snapshot that has the snapshot: pieces of bounded size, read on
// threads of their own, so that the event loop goes on. The snapshot stays as long as its reader
// goes on asking. Thread: belongs to its event loop.
#pragma once

#include <kj/async.h>

#include <memory>

#include "actors/snapshots/snapshots.h"
#include "schema/facet.capnp.h"
#include "server/rpc_thread.h"

namespace facet {

class SnapshotSender {
 public:
  using Context = capnp::CallContext<wire::Feed::SnapshotParams, wire::Feed::SnapshotResults>;

  explicit SnapshotSender(RpcThread& thread) : thread_(thread) {}
  KJ_DISALLOW_COPY(SnapshotSender);

  /// Must outlive the call.
  kj::Promise<void> answer(Context context);

 private:
  struct Piece;
  void keep(const Snapshots::Opened& opened);

  RpcThread& thread_;
  bool busy_ = false;
  Snapshots::Opened held_;  // what the last request read
  kj::Promise<void> lettingGo_ = nullptr;
};

}  // namespace facet
