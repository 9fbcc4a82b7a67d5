#include "model/command_digest.h"

#include <algorithm>
#include <cstring>

#include "model/codec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace facet {
namespace {

constexpr size_t kWord = sizeof(uint64_t);
/// Of the first word the null bits, and not the sizes.
constexpr uint64_t kFirstWord = uint64_t{0xffff} << 48;
/// Of the slot of a text (or bytes, array, composite) its length, and not where it is.
constexpr uint64_t kTailSlot = uint64_t{0xffffffff} << 32;

bool isNull(Row row, const RowLayout::Slot& slot) {
  return (row.load<uint64_t>(slot.nullWord) >> slot.nullBit & 1) != 0;
}

size_t endWord(const RowLayout::Slot& slot) {
  return slot.offset / kWord + slotWords(slot.kind);
}

}  // namespace

CommandDigest::CommandDigest(const Model& model, uint32_t command)
    : layout_(&model.commands()[command].layout) {
  const std::string& name = model.commands()[command].name;
  seed_ = XXH3_64bits(name.data(), name.size());
  masks_.assign(layout_->words(), ~uint64_t{0});
  masks_[0] = kFirstWord;
  for (const uint32_t column : layout_->tailColumns()) {
    masks_[layout_->slot(column).offset / kWord] = kTailSlot;
  }
  std::string row;
  if (model.codecs().command(command).decode(capnp::AnyStruct::Reader(), row)) return;
  defaults_.resize(row.size() / kWord);
  std::memcpy(defaults_.data(), row.data(), row.size());
}

bool CommandDigest::isDefault(Row row, const RowLayout::Slot& slot) const {
  const Row defaults(defaults_.data());
  if (isNull(row, slot) != isNull(defaults, slot)) return false;
  if (masks_[slot.offset / kWord] == kTailSlot) return isNull(row, slot);
  return std::memcmp(row.data() + slot.offset, defaults.data() + slot.offset,
                     slotWords(slot.kind) * kWord) == 0;
}

uint64_t CommandDigest::of(Row command, std::vector<uint64_t>& scratch) const {
  size_t columns = layout_->size();
  if (!defaults_.empty()) {
    while (columns > 0 && isDefault(command, layout_->slot(columns - 1))) --columns;
  }
  const size_t words = columns == 0 ? 1 : endWord(layout_->slot(columns - 1));
  if (scratch.size() < words) scratch.resize(words);
  for (size_t i = 0; i < words; ++i) {
    scratch[i] = command.load<uint64_t>(i * kWord) & masks_[i];
  }
  for (size_t c = columns; c < layout_->size(); ++c) {
    const RowLayout::Slot& slot = layout_->slot(c);
    if (slot.nullWord / kWord < words) {
      scratch[slot.nullWord / kWord] &= ~(uint64_t{1} << slot.nullBit);
    }
  }
  uint64_t out = XXH3_64bits_withSeed(scratch.data(), words * kWord, seed_);
  const size_t tail = size_t{layout_->words()} * kWord;
  if (command.size() > tail) {
    out = XXH3_64bits_withSeed(command.data() + tail, command.size() - tail, out);
  }
  return std::max(out, kInvalidCommandDigest + 1);
}

}  // namespace facet
