#include "server/client_memory.h"

#include <algorithm>

#include "server/limits.h"
#include "values/assert.h"

namespace facet {

ClientMemory::Part::~Part() {
  FACET_ASSERT(used() == 0, used());
}

bool ClientMemory::Part::isFree(uint64_t bytes) const {
  return used() + bytes <= kFreeBytes + spare_.load(std::memory_order_relaxed);
}

/// Two threads that ask at the same time may both get the last of it: a piece more, no more.
bool ClientMemory::Part::hasRoom(uint64_t bytes) const {
  if (isFree(bytes)) return true;
  return used() + bytes <= whole_.perClient() && whole_.used() + bytes <= whole_.limit();
}

bool ClientMemory::Part::take(uint64_t bytes) {
  if (!hasRoom(bytes)) return false;
  used_.fetch_add(bytes, std::memory_order_relaxed);
  whole_.used_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

bool ClientMemory::Part::takeSpare(uint64_t bytes) {
  if (whole_.used() >= whole_.limit() / 2 || !take(bytes)) return false;
  spare_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

bool ClientMemory::Part::add(uint64_t bytes) {
  const bool may = hasRoom(bytes);
  used_.fetch_add(bytes, std::memory_order_relaxed);
  whole_.used_.fetch_add(bytes, std::memory_order_relaxed);
  return may;
}

void ClientMemory::Part::give(uint64_t bytes) {
  used_.fetch_sub(bytes, std::memory_order_relaxed);
  whole_.used_.fetch_sub(bytes, std::memory_order_relaxed);
}

bool MemoryHold::resize(uint64_t bytes) {
  if (bytes > bytes_ && !part_->take(bytes - bytes_)) return false;
  if (bytes < bytes_) part_->give(bytes_ - bytes);
  bytes_ = bytes;
  return true;
}

void MemoryHold::release() {
  if (bytes_ > 0) part_->give(bytes_);
  bytes_ = 0;
}

uint64_t clientMemoryLimit(uint64_t memoryBytes) {
  return std::clamp(memoryBytes / 10, kLeastClientMemory, kMostClientMemory);
}

}  // namespace facet
