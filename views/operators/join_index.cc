#include "views/operators/join_index.h"

namespace facet {

namespace {

constexpr size_t kLeastSlots = 16;

}  // namespace

JoinIndex::JoinIndex() : slots_(kLeastSlots, kNone) {}

void JoinIndex::reserve(size_t entries) {
  links_.reserve(entries);
}

/// The slot of the hash, or the empty one where it would be.
size_t JoinIndex::find(uint64_t hash) const {
  size_t slot = home(hash);
  while (slots_[slot] != kNone && links_[slots_[slot]].hash != hash) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

void JoinIndex::set(uint32_t entry, uint64_t hash) {
  if (entry >= links_.size()) links_.resize(entry + size_t{1});
  Link& link = links_[entry];
  if (link.previous != kUnlinked) {
    if (link.hash == hash) return;
    remove(entry);
  }
  const size_t slot = find(hash);
  const uint32_t first = slots_[slot];
  link = {hash, first, kNone};
  slots_[slot] = entry;
  if (first != kNone) {
    links_[first].previous = entry;
    return;
  }
  ++used_;
  if (used_ * 4 > slots_.size() * 3) grow();
}

void JoinIndex::remove(uint32_t entry) {
  if (entry >= links_.size() || links_[entry].previous == kUnlinked) return;
  const Link link = links_[entry];
  if (link.next != kNone) links_[link.next].previous = link.previous;
  if (link.previous != kNone) {
    links_[link.previous].next = link.next;
  } else {
    const size_t slot = find(link.hash);
    if (link.next != kNone) {
      slots_[slot] = link.next;
    } else {
      erase(slot);
    }
  }
  links_[entry] = Link();
}

/// Empties a slot: those behind it that may not stay where they are move up.
void JoinIndex::erase(size_t slot) {
  const size_t mask = slots_.size() - 1;
  --used_;
  size_t hole = slot;
  for (size_t at = (slot + 1) & mask; slots_[at] != kNone; at = (at + 1) & mask) {
    const size_t from = home(links_[slots_[at]].hash);
    if (((at - from) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = kNone;
}

void JoinIndex::grow() {
  std::vector<uint32_t> old(slots_.size() * 2, kNone);
  old.swap(slots_);
  for (const uint32_t first : old) {
    if (first != kNone) slots_[find(links_[first].hash)] = first;
  }
}

}  // namespace facet
