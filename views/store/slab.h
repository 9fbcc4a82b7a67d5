// Slab: memory of one writer's versioned state: size classes with free lists over large blocks;
// counts what it took. Freed memory is used again by the same writer, never by another thread's.
// What is larger than kLargest goes back to the system at once. Blocks do with the slab, and when
// most of its memory is free: a long reader makes the writer keep old versions, and take blocks for
// them. tidy() then makes a sweep, in small steps: the free pieces are sorted out by their blocks;
// for as long again what is allocated comes from the fullest blocks, so that the emptiest ones run
// dry while rows are written; and those that are free as a whole are given back.
//
// Invariants: a free piece is in the list of its class, or with its block while a sweep is under
// way; under AddressSanitizer it is poisoned. A block that is given back has no piece in a list.
// Thread: belongs to its owner; bytes() and used() by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace facet {

class Slab {
 public:
  Slab();
  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// 16-byte aligned; not zeroed.
  void* allocate(size_t size) {
    const size_t kind = (size + kStep - 1) / kStep;
    if (size > kLargest || free_[kind] == nullptr) return allocateSlowly(size);
    count(used_, kind * kStep);
    return takeFree(kind);
  }
  /// `size`: as it was allocated, or any other size with the same rounded().
  void free(void* memory, size_t size);
  /// What an allocation of `size` really takes.
  static size_t rounded(size_t size) {
    return (size + kStep - 1) / kStep * kStep + (size > kLargest ? sizeof(Large) : 0);
  }
  /// A step of a sweep, if one is under way or worth it. To be called now and then, as once a
  /// chunk; it looks at `limit` free pieces at most (1,000 take about 0.1 ms).
  void tidy(size_t limit) {
    if (sweeping_ != 0 || isSweepWorthIt()) sweep(limit);
  }
  /// Taken from the system.
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  /// Allocated and not freed.
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kStep = 16;
  static constexpr size_t kLargest = 1024;  // above: from the system, one by one
  // Blocks double from the first size, so that a small store stays small, to the last one: more
  // would only lengthen the system's pause for it, less would be more calls.
  static constexpr size_t kFirstBlock = size_t{64} << 10;
  static constexpr size_t kLastBlock = size_t{1} << 20;
  static constexpr size_t kReady = kFirstBlock;  // pages that are asked for at once: some 10 µs
  // A sweep is worth it when more than this, and more than what is used, is free. Lower: small
  // stores are swept for nothing; higher: many small ones keep what they had for a snapshot.
  static constexpr uint64_t kSweptBytes = uint64_t{1} << 20;
  // Calls of tidy() between two sweeps for each that a sweep took: it costs a writer little. Lower:
  // more of its time, for blocks that have not run dry; higher: memory stays for longer.
  static constexpr size_t kSweepRest = 8;
  struct Free {
    Free* next;
  };
  /// Free pieces of one class, in a list.
  struct Pieces {
    size_t kind;
    Free* first;
    Free* last;
  };
  struct Block {
    std::unique_ptr<char[]> memory;
    size_t size;
    std::vector<Pieces> pieces = {};  // that a sweep has found
    size_t found = 0;                 // bytes of them
  };
  /// Stands before a large allocation: all of them are in a ring, for the destructor.
  struct alignas(16) Large {
    Large* next;
    Large* previous;
  };

  /// One writer: no read-modify-write is needed.
  static void count(std::atomic<uint64_t>& figure, uint64_t more) {
    figure.store(figure.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void* takeFree(size_t kind);
  void addFree(void* memory, size_t kind);
  void* allocateSlowly(size_t size);
  void* allocateLarge(size_t size);
  void addBlock();
  bool isSweepWorthIt() const {
    const uint64_t free = bytes() - used();
    return free > kSweptBytes && free > used();
  }
  void sweep(size_t limit);
  void beginSweep();
  void endSweep();
  void sortOut(Free* piece, size_t kind);
  bool takeBack(size_t kind);
  void pushFree(const Pieces& pieces);
  Block& blockOf(const void* memory);

  std::array<Free*, kLargest / kStep + 1> free_{};
  std::vector<Block> blocks_;  // during a sweep by address
  size_t nextBlock_ = kFirstBlock;
  size_t sweeping_ = 0;  // the class whose pieces are sorted out; 0: there is no sweep
  size_t steps_ = 0;     // calls of tidy() that sorting took; then, those until the sweep ends
  size_t rest_ = 0;      // between sweeps: calls until the next one may begin; else as steps_ was
  char* at_ = nullptr;   // what is left of the newest block
  char* end_ = nullptr;
  char* ready_ = nullptr;  // up to here the system has been asked for pages
  Large large_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> used_{0};
};

#if defined(__SANITIZE_ADDRESS__)
void poisonMemory(const void* memory, size_t size);
void unpoisonMemory(const void* memory, size_t size);
#else
inline void poisonMemory(const void*, size_t) {}
inline void unpoisonMemory(const void*, size_t) {}
#endif

inline void* Slab::takeFree(size_t kind) {
  Free* const first = free_[kind];
  unpoisonMemory(first, kind * kStep);
  free_[kind] = first->next;
  // What is taken next will be written at once.
  __builtin_prefetch(first->next, 1);
  __builtin_prefetch(reinterpret_cast<const char*>(first->next) + 64, 1);
  return first;
}

}  // namespace facet
