// Upstream: the node that a replica follows, as the replica's own clients are told of it.
// Thread: belongs to its event loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "values/position.h"

namespace facet {

/// A replica among those that a node follows, one after another.
struct ChainNode {
  std::string id;  // kFollowerIdBytes
  std::string name;
};

struct UpstreamState {
  std::string address;
  std::string primary;  // where commands go
  bool connected = false;
  std::string state;    // "following", "catching up", "connecting: why", "stalled: why"
  std::string stalled;  // why nothing is taken from it; empty: it is
  std::string ring;     // nobody up there is a primary: who follows whom; empty: somebody is
  Position head;        // of its log, as last heard
  uint64_t lagEvents = 0;
  uint32_t lagMs = 0;
};

class Upstream {
 public:
  virtual UpstreamState state() const = 0;
  virtual const std::string& primary() const = 0;
  /// This node, then the replicas that it follows.
  virtual std::vector<ChainNode> chain() const = 0;
  /// The newest position that it was heard to have, and how long one after `position` has been
  /// known of (ms); 0: none is.
  virtual Position head() const = 0;
  virtual uint32_t lagMs(Position position) const = 0;

 protected:
  ~Upstream() = default;
};

}  // namespace facet
