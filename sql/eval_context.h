// What the evaluation of expressions works on: the rows and values that it reads, and what it may
// use up. Thread: an EvalContext and its Arena belong to whoever evaluates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "sql/work.h"
#include "values/position.h"
#include "values/row.h"

namespace facet {

/// What expressions may use up: memory for texts that they make (concatenation, casts), which is
/// freed at once by reset(), and work.
class Arena {
 public:
  /// Bytes that stay valid until reset(); 8-byte aligned.
  char* allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
    if (used_ + size >= room_ || size > kLargeBytes) return allocateSlowly(size);
    char* out = current_ + used_;
    used_ += size;
    return out;
  }
  std::string_view copy(std::string_view text);
  void reset() {
    if (block_ + used_ + largeBytes_ > 0) rewind({});
  }
  /// A state to go back to: frees what was allocated after it.
  struct Mark {
    size_t block = 0;
    size_t used = 0;
    size_t large = 0;
    size_t largeBytes = 0;
  };
  Mark mark() const { return {block_, used_, large_.size(), largeBytes_}; }
  void rewind(const Mark& mark);
  /// Bytes that it holds, those that are free for the next row included.
  size_t bytes() const { return blocks_.size() * kBlockBytes + largeBytes_; }
  Work& work() { return work_; }
  const Work& work() const { return work_; }

  /// What one value may take; above it an expression is ErrorCode::tooLarge.
  static constexpr size_t kMaxValueBytes = size_t{1} << 20;

 private:
  /// Blocks: large enough that a batch of texts takes few, small enough that an idle arena is
  /// cheap.
  static constexpr size_t kBlockBytes = size_t{64} << 10;
  /// A value above this gets memory of its own, so that at most a quarter of a block is lost.
  static constexpr size_t kLargeBytes = kBlockBytes / 4;
  /// Blocks that reset() keeps: what usual rows take again and again.
  static constexpr size_t kKeptBlocks = 4;

  char* allocateSlowly(size_t size);
  void enterBlock(size_t block, size_t used);

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_ = 0;         // which one is filled
  char* current_ = nullptr;  // it; null: it is not there yet
  size_t used_ = 0;          // bytes of it
  size_t room_ = 0;          // its bytes, free and used
  std::vector<std::unique_ptr<char[]>> large_;
  size_t largeBytes_ = 0;
  Work work_;
};

/// What an expression is evaluated over.
struct EvalContext {
  /// The packed rows that column leaves read: indexed by ColumnPlace::input. A null Row gives
  /// NULLs.
  const Row* rows = nullptr;
  /// Values of groupColumn leaves and of aggregate leaves.
  const Value* groupColumns = nullptr;
  const Value* aggregates = nullptr;
  Position position;  // Op::eventPosition
  int64_t time = 0;   // Op::eventTime
  Arena* arena = nullptr;
};

/// Where a column is read from: which of EvalContext::rows, and which slot of it.
struct ColumnPlace {
  uint32_t input = 0;
  RowLayout::Slot slot;
};
using ColumnResolver = std::function<ColumnPlace(uint32_t relation, uint32_t column)>;

}  // namespace facet
