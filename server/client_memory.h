// ClientMemory: the account of what clients make the node hold: messages that have not come whole
// or are not answered, batches under way, what queries hold between their slices, replies that are
// not read. Bounded for each client (a connection), and in all. Whoever holds little is never
// refused, so that the few who fill it keep nobody out.
//
// Invariant: `used` is the sum of its parts' `used`. Beyond `limit` it goes by what each part has
// free (kFreeBytes), and by replies that were too small to ask for room.
//
// Thread: any, unless a function says otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace facet {

class ClientMemory {
 public:
  explicit ClientMemory(uint64_t limit) : limit_(limit) {}
  ClientMemory(const ClientMemory&) = delete;

  uint64_t limit() const { return limit_; }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  /// Bytes that one client may hold: most, so that a large question of one is answered; not all, so
  /// that there is room for others.
  uint64_t perClient() const { return limit_ / 8 * 5; }
  /// More is held than should be for long, also when `freed` bytes of it are given back: those who
  /// keep others waiting give way.
  bool tight(uint64_t freed = 0) const { return used() > limit_ / 4 * 3 + freed; }

  /// What one client holds.
  class Part {
   public:
    explicit Part(ClientMemory& whole) : whole_(whole) {}
    ~Part();
    Part(const Part&) = delete;

    /// So much is its own whatever the others do.
    bool isFree(uint64_t bytes) const;
    /// Whether it has room for so much now.
    bool hasRoom(uint64_t bytes) const;
    /// False: it has no room.
    [[nodiscard]] bool take(uint64_t bytes);
    /// For what is useful, and not needed (a larger buffer): where half of all is free, and beside
    /// what the part has free.
    [[nodiscard]] bool takeSpare(uint64_t bytes);
    /// For what is there already. False: the client has more now than it may.
    bool add(uint64_t bytes);
    void give(uint64_t bytes);

    uint64_t used() const { return used_.load(std::memory_order_relaxed); }
    const ClientMemory& whole() const { return whole_; }

   private:
    ClientMemory& whole_;
    std::atomic<uint64_t> used_{0};
    std::atomic<uint64_t> spare_{0};  // of it
  };

 private:
  const uint64_t limit_;
  std::atomic<uint64_t> used_{0};
};

/// Bytes of a part that are held for as long as this lives.
class MemoryHold {
 public:
  MemoryHold() = default;
  explicit MemoryHold(ClientMemory::Part& part) : part_(&part) {}
  ~MemoryHold() { release(); }
  MemoryHold(MemoryHold&& other) noexcept : part_(other.part_), bytes_(other.bytes_) {
    other.bytes_ = 0;
  }
  MemoryHold& operator=(MemoryHold&&) = delete;

  /// Holds so many bytes from now on. False: there is no room; it holds what it held.
  [[nodiscard]] bool resize(uint64_t bytes);
  void release();
  uint64_t bytes() const { return bytes_; }

 private:
  ClientMemory::Part* part_ = nullptr;
  uint64_t bytes_ = 0;
};

/// What clients may hold on a node whose rows may take `memoryBytes`: its tenth, which rows leave
/// free (limits.h has the bounds).
uint64_t clientMemoryLimit(uint64_t memoryBytes);

}  // namespace facet
