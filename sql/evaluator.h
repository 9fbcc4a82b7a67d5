// Runs bound expressions over packed rows, one row at a time, without allocation: a tree of small
// nodes with every column resolved to a slot (offset and kind) at compile time. One evaluator for
// everything: checks of commands, `set`, views and queries, so that there is one answer. Thread: a
// Program is immutable and shared.
#pragma once

#include <cstdint>
#include <memory>

#include "sql/eval_context.h"
#include "sql/expr.h"

namespace facet {

struct EvalNode;  // eval_node.h

class Program {
 public:
  Program() noexcept;
  /// Constant parts are evaluated now, as far as `folding` goes: what the statement's folding may
  /// take in all (nullptr: this program has kMaxFoldingWork of its own).
  Program(const Expr& expr, const ColumnResolver& resolve, Arena* folding = nullptr);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  explicit operator bool() const { return root_ != nullptr; }
  /// The value; Kind::error where PostgreSQL would fail. Text points into the rows, the program or
  /// the arena.
  Value evaluate(const EvalContext& context) const;

 private:
  /// Apart, so that a program that does not count goes straight to its node.
  [[gnu::noinline]] Value evaluateCounted(const EvalContext& context) const;

  std::unique_ptr<EvalNode> root_;
  bool counts_ = false;  // it has nodes that count their work
  uint64_t nodeWork_ = 0;
};

/// Evaluates an expression without columns (constant folding).
Value evaluateConstant(const Expr& expr, Arena& arena);

}  // namespace facet
