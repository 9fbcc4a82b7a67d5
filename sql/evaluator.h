// Runs bound expressions over packed rows, one row at a time, without allocation: a tree of small
// nodes with every column resolved to a slot (offset and kind) at compile time. One evaluator for
// everything: checks of commands, `set`, views and queries, so that there is one answer. Thread: a
// Program is immutable and shared; an EvalContext belongs to its owner.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "sql/expr.h"
#include "values/position.h"
#include "values/row.h"

namespace facet {

/// Memory for texts that expressions make (concatenation, casts): grows to a mark, freed at once by
/// reset().
class Arena {
 public:
  /// Bytes that stay valid until reset(); 8-byte aligned.
  char* allocate(size_t size);
  std::string_view copy(std::string_view text);
  void reset();
  /// What one value may take; above it an expression is ErrorCode::tooLarge.
  static constexpr size_t kMaxValueBytes = size_t{1} << 20;

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_ = 0;
  size_t used_ = 0;
  std::vector<std::unique_ptr<char[]>> large_;
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

class Program {
 public:
  Program() noexcept;
  Program(const Expr& expr, const ColumnResolver& resolve);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  explicit operator bool() const { return root_ != nullptr; }
  /// The value; Kind::error where PostgreSQL would fail. Text points into the rows, the program or
  /// the arena.
  Value evaluate(const EvalContext& context) const;

  struct Node;  // eval_node.h

 private:
  std::unique_ptr<Node> root_;
};

/// Evaluates an expression without columns (constant folding).
Value evaluateConstant(const Expr& expr, Arena& arena);

}  // namespace facet
