#include "views/store/cuts.h"

#include <algorithm>
#include <utility>

#include "values/assert.h"

namespace facet {

namespace {

/// Each thread begins its search at another cache line, so that pins of different threads meet
/// neither in a slot nor in a line.
size_t lineOfThread() {
  static std::atomic<size_t> threads{0};
  thread_local const size_t line = threads.fetch_add(1, std::memory_order_relaxed);
  return line;
}

}  // namespace

Cuts::Cuts(size_t writers, Position start) : visible_(start.value), writers_(writers) {
  FACET_ASSERT(start.value != kFree);
  for (Writer& writer : writers_) writer.published.store(start.value);
  for (PinLine& line : pins_) {
    for (std::atomic<uint64_t>& pin : line.pins) pin.store(kFree);
    for (std::atomic<uint64_t>& since : line.since) since.store(0);
  }
}

void Cuts::publish(size_t writer, Position position) {
  FACET_ASSERT(writer < writers_.size(), writer, writers_.size());
  FACET_ASSERT(position >= published(writer) && position.value != kFree, position,
               published(writer));
  writers_[writer].published.store(position.value);
  raise();
}

void Cuts::setCounts(size_t writer, bool counts) {
  FACET_ASSERT(writer < writers_.size(), writer, writers_.size());
  {
    const std::lock_guard lock(mutex_);
    writers_[writer].counts.store(counts);
  }
  if (!counts) raise();
}

// The lock makes looking at all writers and raising `visible` one step: otherwise a least that was
// found before a writer began to count could be set after it.
void Cuts::raise() {
  uint64_t least = kFree;
  {
    const std::lock_guard lock(mutex_);
    for (const Writer& writer : writers_) {
      if (writer.counts.load()) least = std::min(least, writer.published.load());
    }
    if (least == kFree || least <= visible_.load()) return;
    visible_.store(least);
  }
  if (listener_) listener_({least});
}

// `visible` is loaded before the pins: see the head of cuts.h.
Position Cuts::horizon() const {
  const uint64_t visible = visible_.load();
  const uint64_t snapshot = pins_[kSnapshotSlot / kPinsPerLine].pins[0].load();
  return {std::min({visible, snapshot, oldestOfReaders().value})};
}

Position Cuts::oldestOfReaders() const {
  uint64_t least = kFree;
  for (size_t line = 0; line < kMaxPins / kPinsPerLine; ++line) {
    for (const std::atomic<uint64_t>& pin : pins_[line].pins) least = std::min(least, pin.load());
  }
  return {least};
}

ReaderNeeds Cuts::needs() {
  // In this order: a snapshot that is just pinning, and is seen at an older position, then ends at
  // this `visible` or a later one, so that nothing in the gap is its own.
  const uint64_t visible = visible_.load();
  const uint64_t snapshot = pinAt(kSnapshotSlot).load();
  const uint64_t others = std::min(visible, oldestOfReaders().value);
  ReaderNeeds needs = ReaderNeeds::from({std::min(others, snapshot)});
  if (snapshot == kFree) return needs;
  needs.tick = tick();
  needs.quiescent = quiescent();
  if (snapshot < others) {
    needs.gapAfter = {snapshot};
    needs.gapEnd = {others};
  }
  return needs;
}

uint64_t Cuts::quiescent() const {
  uint64_t least = UINT64_MAX;
  for (const PinLine& line : pins_) {
    for (size_t i = 0; i < kPinsPerLine; ++i) {
      // A tick of an earlier pin in the slot is too old, which only keeps memory for longer.
      if (line.pins[i].load() != kFree) least = std::min(least, line.since[i].load());
    }
  }
  return least;
}

Cuts::Pin Cuts::pin() {
  const size_t first = lineOfThread() * kPinsPerLine;
  for (size_t i = 0; i < kMaxPins; ++i) {
    const size_t slot = (first + i) % kMaxPins;
    if (pinAt(slot).load(std::memory_order_relaxed) != kFree) continue;
    if (Pin pin = pinIn(slot)) return pin;
  }
  return {};
}

Cuts::Pin Cuts::pinForSnapshot() {
  return pinIn(kSnapshotSlot);
}

/// Empty if somebody else has the slot.
Cuts::Pin Cuts::pinIn(size_t slot) {
  std::atomic<uint64_t>& pin = pinAt(slot);
  uint64_t position = visible_.load();
  uint64_t expected = kFree;
  if (!pin.compare_exchange_strong(expected, position)) return {};
  sinceAt(slot).store(clock_.load());
  for (uint64_t now = visible_.load(); now != position; now = visible_.load()) {
    pin.store(position = now);
  }
  Pin out;
  out.cuts_ = this;
  out.slot_ = slot;
  out.position_ = {position};
  return out;
}

void Cuts::renew(const Pin& pin) {
  FACET_ASSERT(pin.cuts_ == this);
  sinceAt(pin.slot_).store(clock_.load());
}

Cuts::Pin& Cuts::Pin::operator=(Pin&& other) noexcept {
  if (this == &other) return *this;
  release();
  cuts_ = std::exchange(other.cuts_, nullptr);
  slot_ = other.slot_;
  position_ = other.position_;
  return *this;
}

void Cuts::Pin::release() {
  if (cuts_ == nullptr) return;
  std::atomic<uint64_t>& pin = cuts_->pinAt(slot_);
  FACET_ASSERT(pin.load(std::memory_order_relaxed) == position_.value, position_);
  pin.store(kFree);
  cuts_ = nullptr;
}

}  // namespace facet
