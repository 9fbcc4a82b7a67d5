#include "sql/eval_context.h"

#include <algorithm>

namespace facet {

char* Arena::allocateSlowly(size_t size) {
  if (size > kLargeBytes) {
    large_.push_back(std::make_unique_for_overwrite<char[]>(size));
    largeBytes_ += size;
    return large_.back().get();
  }
  const size_t block = block_ + (used_ + size > kBlockBytes ? 1 : 0);
  if (block == blocks_.size()) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
  }
  enterBlock(block, block == block_ ? used_ : 0);
  used_ += size;
  return current_ + used_ - size;
}

void Arena::enterBlock(size_t block, size_t used) {
  block_ = block;
  used_ = used;
  const bool isThere = block < blocks_.size();
  current_ = isThere ? blocks_[block].get() : nullptr;
  room_ = isThere ? kBlockBytes : 0;
}

std::string_view Arena::copy(std::string_view text) {
  char* out = allocate(text.size());
  std::copy(text.begin(), text.end(), out);
  return {out, text.size()};
}

void Arena::rewind(const Mark& mark) {
  large_.resize(mark.large);
  largeBytes_ = mark.largeBytes;
  const size_t kept = std::max(mark.block + 1, kKeptBlocks);
  if (blocks_.size() > kept) blocks_.resize(kept);
  enterBlock(mark.block, mark.used);
}

}  // namespace facet
