// FailureSink: whoever ends the node when it can't be trusted any more: its log failed, or an
// exception left durable or visible state half done. Thread: any.
#pragma once

#include <string>

namespace facet {

class FailureSink {
 public:
  /// Nothing goes on. Must not throw.
  virtual void fail(const std::string& reason) = 0;

 protected:
  ~FailureSink() = default;
};

}  // namespace facet
