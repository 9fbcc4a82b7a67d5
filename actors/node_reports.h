// NodeReports: what a node's threads tell of: readers see more, or nothing can go on. Those who
// wait inside of the node hear it first, then the journal, then whoever started the node.
// Thread: any.
#pragma once

#include <string>

#include "actors/node.h"
#include "actors/node_state.h"
#include "actors/threads/changes.h"
#include "actors/threads/failure.h"

namespace facet {

class NodeReports final : public VisibleSink, public FailureSink {
 public:
  /// `writer`: waits for the views, where it has run ahead of them; null: nothing here does.
  NodeReports(NodeListener& listener, VisibleSink* writer) : listener_(listener), writer_(writer) {}

  /// Notified when readers see more; over when the node has failed.
  Changes& changes() { return changes_; }

  void visible(Position position) override {
    changes_.notify();
    if (writer_ != nullptr) writer_->visible(position);
    listener_.onVisible(position);
  }

  void fail(const std::string& reason) override {
    changes_.end();
    listener_.onFailed(reason);
  }

 private:
  NodeListener& listener_;
  VisibleSink* const writer_;
  Changes changes_;
};

}  // namespace facet
