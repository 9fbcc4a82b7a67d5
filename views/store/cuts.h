// Cuts: which position readers see, and which old row versions must be kept for them.
//
// Every writer of versioned state (a view's shard, the tables) has a slot with the position that it
// has published. `visible` is the least of them: the newest position at which every answer can be
// given; it never goes back. A reader pins a position: then the versions that it needs are kept
// until it unpins. Neither ever waits.
//
// A pin is published first and checked again afterwards: a writer that computed its horizon without
// seeing the pin did so from a `visible` that the reader then sees, and the reader pins again (all
// accesses sequentially consistent).
//
// Where a horizon stands still for long (a held cut, a snapshot), unlinked memory is freed by ticks
// instead, as in epoch-based reclamation (K. Fraser, "Practical lock-freedom", 2004): a pin notes
// the tick at which it began, after it was published and before its reader looks at anything. A
// writer unlinks, ticks, then looks at the pins: one that it does not see began at that tick or
// later.
//
// A snapshot's pin is old for long: versions between it and what others look at are a gap
// (reader_needs.h) that writers close meanwhile.
//
// Thread: publish by each slot's owner; everything else by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "values/position.h"
#include "views/store/reader_needs.h"

namespace facet {

class Cuts {
 public:
  /// Pins at a time. More than an RPC thread can have scans under way; each costs 16 bytes and
  /// a look at every chunk.
  static constexpr size_t kMaxPins = 512;

  /// Begins with everything at `start`. `writers` slots.
  Cuts(size_t writers, Position start);

  Position visible() const { return {visible_.load()}; }
  Position published(size_t writer) const { return {writers_[writer].published.load()}; }

  /// The writer has made everything up to `position` readable. Raises `visible`, and calls the
  /// listener if it rose.
  void publish(size_t writer, Position position);
  /// A writer that stands still (a degraded view) no longer holds `visible` back; it keeps its own
  /// cut readable itself. Calling with true makes it count anew: from then on `visible` does not
  /// pass what it publishes; it may have done so before (the caller looks).
  void setCounts(size_t writer, bool counts);

  /// Versions that only readers before this position need can go: min(visible, oldest pin).
  Position horizon() const;
  /// What readers need: the horizon; beside a snapshot's pin the gap after it, and a new tick.
  ReaderNeeds needs();

  /// Begins a new tick and returns it: readers that begin at it, or later, find nothing of what the
  /// caller unlinked before.
  uint64_t tick() { return clock_.fetch_add(1) + 1; }
  /// For readers without a pin, which tell the writer themselves since when they read.
  uint64_t now() const { return clock_.load(); }
  /// The oldest tick at which a reader began that is still there; the greatest number if none is.
  uint64_t quiescent() const;

  /// Is called on the publisher's thread after `visible` rose; by several publishers at the same
  /// time, so that a call may come with an older position than one before. Set before the first
  /// publish.
  void onVisible(std::function<void(Position)> listener) { listener_ = std::move(listener); }

  /// Holds a position readable for as long as it lives. Movable, to be dropped on any thread.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept { *this = std::move(other); }
    Pin& operator=(Pin&& other) noexcept;
    ~Pin() { release(); }
    explicit operator bool() const { return cuts_ != nullptr; }
    Position position() const { return position_; }

   private:
    friend class Cuts;
    void release();
    Cuts* cuts_ = nullptr;
    size_t slot_ = 0;
    Position position_;
  };

  /// Pins the newest visible position. Empty if all pins are in use (the caller answers
  /// "overloaded").
  Pin pin();
  /// The same for a snapshot, which takes long. One at a time. Whoever has it calls renew() often,
  /// when it holds no pointer into any state.
  Pin pinForSnapshot();
  void renew(const Pin& pin);

 private:
  static constexpr uint64_t kFree = UINT64_MAX;
  static constexpr size_t kLine = 64;  // bytes of a cache line

  struct alignas(kLine) Writer {
    std::atomic<uint64_t> published{0};
    std::atomic<bool> counts{true};
  };
  /// A thread looks for a free pin from a line of its own on.
  struct alignas(kLine) PinLine {
    std::array<std::atomic<uint64_t>, kLine / sizeof(uint64_t)> pins;
    std::array<std::atomic<uint64_t>, kLine / sizeof(uint64_t)> since;  // ticks
  };
  static constexpr size_t kPinsPerLine = kLine / sizeof(uint64_t);

  static constexpr size_t kSnapshotSlot = kMaxPins;  // in a line of its own

  void raise();
  Pin pinIn(size_t slot);
  Position oldestOfReaders() const;
  std::atomic<uint64_t>& pinAt(size_t slot) {
    return pins_[slot / kPinsPerLine].pins[slot % kPinsPerLine];
  }
  std::atomic<uint64_t>& sinceAt(size_t slot) {
    return pins_[slot / kPinsPerLine].since[slot % kPinsPerLine];
  }

  alignas(kLine) std::atomic<uint64_t> visible_;
  std::atomic<uint64_t> clock_{1};
  alignas(kLine) std::vector<Writer> writers_;
  std::array<PinLine, kMaxPins / kPinsPerLine + 1> pins_;
  std::mutex mutex_;  // of those who change what counts; readers never take it
  std::function<void(Position)> listener_;
};

}  // namespace facet
