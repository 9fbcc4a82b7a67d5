#include "views/store/slab.h"

#include <sys/mman.h>

#include <algorithm>
#include <functional>
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
  if (sweeping_ != 0) return sortOut(new (memory) Free{nullptr}, kind);
  free_[kind] = new (memory) Free{free_[kind]};
  poisonMemory(memory, kind * kStep);
}

void* Slab::allocateSlowly(size_t size) {
  FACET_ASSERT(size > 0);
  count(used_, rounded(size));
  if (size > kLargest) return allocateLarge(size);
  const size_t bytes = rounded(size);
  if (sweeping_ != 0 && takeBack(bytes / kStep)) return takeFree(bytes / kStep);
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

  Block block{std::make_unique_for_overwrite<char[]>(nextBlock_), nextBlock_};
  at_ = block.memory.get();
  const auto after = [this](const Block& other) { return other.memory.get() > at_; };
  blocks_.insert(
      sweeping_ != 0 ? std::find_if(blocks_.begin(), blocks_.end(), after) : blocks_.end(),
      std::move(block));
  ready_ = at_;
  end_ = at_ + nextBlock_;
  poisonMemory(at_, nextBlock_);
  count(bytes_, nextBlock_);
  nextBlock_ = std::min(nextBlock_ * 2, kLastBlock);
}

void Slab::sweep(size_t limit) {
  if (sweeping_ == 0) {
    if (rest_ > 0) --rest_;
    if (rest_ > 0) return;
    beginSweep();
  }
  if (sweeping_ == free_.size()) {
    if (--steps_ == 0) endSweep();
    return;
  }
  ++steps_;
  ++rest_;
  while (limit > 0 && sweeping_ < free_.size()) {
    Free* const piece = free_[sweeping_];
    if (piece == nullptr) {
      ++sweeping_;
      continue;
    }
    unpoisonMemory(piece, sizeof(Free));
    free_[sweeping_] = piece->next;
    sortOut(piece, sweeping_);
    --limit;
  }
}

void Slab::beginSweep() {
  std::sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
    return std::less<>()(a.memory.get(), b.memory.get());
  });
  sweeping_ = 1;
  steps_ = 0;
  rest_ = 0;
}

/// Files a piece, which is in no list, with its block.
void Slab::sortOut(Free* piece, size_t kind) {
  Block& block = blockOf(piece);
  block.found += kind * kStep;
  const auto same = std::find_if(block.pieces.begin(), block.pieces.end(),
                                 [kind](const Pieces& pieces) { return pieces.kind == kind; });
  if (same == block.pieces.end()) {
    piece->next = nullptr;
    block.pieces.push_back({kind, piece, piece});
  } else {
    piece->next = same->first;
    same->first = piece;
  }
  poisonMemory(piece, kind * kStep);
}

/// The block that has the piece.
Slab::Block& Slab::blockOf(const void* memory) {
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), memory, [](const void* at, const Block& block) {
        return std::less<>()(at, static_cast<const void*>(block.memory.get()));
      });
  FACET_ASSERT(after != blocks_.begin());
  return *std::prev(after);
}

/// The pieces of a block into the list of their class, in front.
void Slab::pushFree(const Pieces& pieces) {
  unpoisonMemory(pieces.last, sizeof(Free));
  pieces.last->next = free_[pieces.kind];
  poisonMemory(pieces.last, sizeof(Free));
  free_[pieces.kind] = pieces.first;
}

/// The list of a class is empty because a sweep has its pieces: those of the fullest block come
/// back. False: it has none either.
bool Slab::takeBack(size_t kind) {
  Block* fullest = nullptr;
  std::vector<Pieces>::iterator taken;
  for (Block& block : blocks_) {
    if (fullest != nullptr && block.size - block.found <= fullest->size - fullest->found) continue;
    const auto same = std::find_if(block.pieces.begin(), block.pieces.end(),
                                   [kind](const Pieces& pieces) { return pieces.kind == kind; });
    if (same == block.pieces.end()) continue;
    fullest = &block;
    taken = same;
  }
  if (fullest == nullptr) return false;
  pushFree(*taken);
  // Some of its memory will be in use: it does not count as free as a whole any more.
  fullest->pieces.erase(taken);
  fullest->found = 0;
  return true;
}

/// Blocks that are free as a whole go back to the system; the pieces of the others into the lists,
/// so that those of the fullest blocks are allocated first.
void Slab::endSweep() {
  const auto isFree = [this](const Block& block) {
    return block.found == block.size && end_ != block.memory.get() + block.size;
  };
  uint64_t freed = 0;
  for (const Block& block : blocks_) {
    if (!isFree(block)) continue;
    unpoisonMemory(block.memory.get(), block.size);
    freed += block.size;
  }
  blocks_.erase(std::remove_if(blocks_.begin(), blocks_.end(), isFree), blocks_.end());
  count(bytes_, -freed);
  std::sort(blocks_.begin(), blocks_.end(),
            [](const Block& a, const Block& b) { return a.size - a.found > b.size - b.found; });
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    for (const Pieces& pieces : block->pieces) pushFree(pieces);
    block->pieces.clear();
    block->found = 0;
  }
  sweeping_ = 0;
  rest_ *= kSweepRest;
}

}  // namespace facet
