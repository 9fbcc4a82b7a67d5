#include "sql/eval_context.h"

#include <algorithm>

namespace facet {

char* Arena::allocate(size_t size) {
  size = (size + 7) & ~size_t{7};
  if (size > kLargeBytes) {
    large_.push_back(std::make_unique_for_overwrite<char[]>(size));
    largeBytes_ += size;
    return large_.back().get();
  }
  if (used_ + size > kBlockBytes) {
    block_++;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
  }
  char* out = blocks_[block_].get() + used_;
  used_ += size;
  return out;
}

std::string_view Arena::copy(std::string_view text) {
  char* out = allocate(text.size());
  std::copy(text.begin(), text.end(), out);
  return {out, text.size()};
}

void Arena::rewind(const Mark& mark) {
  block_ = mark.block;
  used_ = mark.used;
  large_.resize(mark.large);
  largeBytes_ = mark.largeBytes;
  const size_t kept = std::max(block_ + 1, kKeptBlocks);
  if (blocks_.size() > kept) blocks_.resize(kept);
}

}  // namespace facet
