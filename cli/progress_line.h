// ProgressLine: one line on a terminal's stderr that is written over as work goes on; nothing where
// stderr is no terminal. Thread: main.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace facet {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { end(); }
  ProgressLine(const ProgressLine&) = delete;

  /// Shows the text, about ten times a second at most.
  void show(const std::function<std::string()>& text);
  /// Leaves the line.
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point next_;
};

}  // namespace facet
