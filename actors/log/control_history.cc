#include "actors/log/control_history.h"

#include "values/assert.h"

namespace facet {

void ControlHistory::add(ChunkNumber number, std::string_view record) {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(history_.controls.empty() || history_.controls.back().number < number, number.value);
  addControl(number, record, history_);
}

std::vector<std::string> ControlHistory::before(ChunkNumber chunk) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const LogHistory::Control& control : history_.controls) {
    if (control.number < chunk) out.push_back(control.payload);
  }
  return out;
}

std::optional<EpochStart> ControlHistory::endOf(Epoch epoch) const {
  const std::lock_guard lock(mutex_);
  for (const EpochStart& start : history_.epochs) {
    if (start.epoch > epoch) return start;
  }
  return std::nullopt;
}

std::vector<SkipRecord> ControlHistory::skips() const {
  const std::lock_guard lock(mutex_);
  return history_.skips;
}

}  // namespace facet
