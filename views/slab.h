// Slab: memory of one writer's versioned state: size classes with free lists over large blocks;
// counts what it took. Freed memory is used again by the same writer, never by another thread's.
// Blocks go back to the system with the slab; what is larger than kLargest at once.
//
// Invariants: a free piece is in the list of its class; under AddressSanitizer it is poisoned.
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
  struct Free {
    Free* next;
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

  std::array<Free*, kLargest / kStep + 1> free_{};
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t nextBlock_ = kFirstBlock;
  char* at_ = nullptr;  // what is left of the newest block
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
