#include "views/slab.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "values/assert.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace facet {

#if defined(__SANITIZE_ADDRESS__)
void poisonMemory(const void* memory, size_t size) {
  ASAN_POISON_MEMORY_REGION(memory, size);
}
void unpoisonMemory(const void* memory, size_t size) {
  ASAN_UNPOISON_MEMORY_REGION(memory, size);
}
#endif

namespace {

/// It will be written soon: one call for its pages costs a fraction of a fault for each. Only
/// advice: a kernel that does not know it changes nothing.
void populate(char* memory, size_t size) {
  constexpr uintptr_t kPage = 4096;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(memory) + kPage - 1) & ~(kPage - 1);
  const uintptr_t end = (reinterpret_cast<uintptr_t>(memory) + size) & ~(kPage - 1);
  madvise(reinterpret_cast<void*>(first), end - first, MADV_POPULATE_WRITE);
}

}  // namespace

Slab::Slab() : large_{&large_, &large_} {}

Slab::~Slab() {
  while (large_.next != &large_) {
    Large* const memory = large_.next;
    large_.next = memory->next;
    ::operator delete(memory);
  }
}

void Slab::free(void* memory, size_t size) {
  FACET_ASSERT(memory != nullptr && used() >= rounded(size), used(), size);
  count(used_, -rounded(size));
  if (size <= kLargest) {
    addFree(memory, (size + kStep - 1) / kStep);
    return;
  }
  Large* const large = static_cast<Large*>(memory) - 1;
  large->next->previous = large->previous;
  large->previous->next = large->next;
  count(bytes_, -rounded(size));
  ::operator delete(large);
}

void Slab::addFree(void* memory, size_t kind) {
  free_[kind] = new (memory) Free{free_[kind]};
  poisonMemory(memory, kind * kStep);
}

void* Slab::allocateSlowly(size_t size) {
  FACET_ASSERT(size > 0);
  count(used_, rounded(size));
  if (size > kLargest) return allocateLarge(size);
  const size_t bytes = rounded(size);
  if (static_cast<size_t>(end_ - at_) < bytes) addBlock();
  if (static_cast<size_t>(ready_ - at_) < bytes) {
    const size_t more = std::min(kReady, static_cast<size_t>(end_ - ready_));
    populate(ready_, more);
    ready_ += more;
  }
  char* const memory = at_;
  at_ += bytes;
  unpoisonMemory(memory, bytes);
  return memory;
}

void* Slab::allocateLarge(size_t size) {
  void* const memory = ::operator new(rounded(size));
  Large* const large = new (memory) Large{large_.next, &large_};
  large_.next->previous = large;
  large_.next = large;
  count(bytes_, rounded(size));
  return large + 1;
}

void Slab::addBlock() {
  // What is left of the old block is smaller than the largest class: it is a free piece.
  const size_t left = static_cast<size_t>(end_ - at_);
  FACET_ASSERT(left < kLargest && left % kStep == 0, left);
  if (left > 0) {
    unpoisonMemory(at_, left);
    addFree(at_, left / kStep);
  }

  blocks_.push_back(std::make_unique_for_overwrite<char[]>(nextBlock_));
  at_ = blocks_.back().get();
  ready_ = at_;
  end_ = at_ + nextBlock_;
  poisonMemory(at_, nextBlock_);
  count(bytes_, nextBlock_);
  nextBlock_ = std::min(nextBlock_ * 2, kLastBlock);
}

}  // namespace facet
