// The nodes that a Program is made of, and the makers of each family of operations (one eval_*.cc
// for each). A node is strict unless it says otherwise: it evaluates its arguments in order, the
// first error is its result, and then NULL if one argument is NULL. Thread: nodes are immutable.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/eval_context.h"
#include "sql/expr.h"
#include "values/assert.h"

namespace facet {

/// A value of one of the one-word kinds (isWordKind) in two registers: what makes integers and
/// conditions fast.
struct Word {
  enum class State : uint64_t { value, null, error };
  int64_t value = 0;  // in State::error the ErrorCode
  State state = State::value;

  static Word null() { return {0, State::null}; }
  static Word error(ErrorCode code) { return {static_cast<int64_t>(code), State::error}; }
  static Word boolean(bool b) { return {b ? 1 : 0, State::value}; }
  bool isValue() const { return state == State::value; }
  bool isTrue() const { return state == State::value && value != 0; }
};

constexpr bool isWordKind(Kind kind) {
  return kind == Kind::boolean || kind == Kind::int16 || kind == Kind::int32 ||
         kind == Kind::int64 || kind == Kind::date || kind == Kind::timestamp ||
         kind == Kind::timestamptz;
}

inline Word toWord(const Value& value) {
  if (value.isNull()) return Word::null();
  return {value.asInt(), value.isError() ? Word::State::error : Word::State::value};
}

inline Value toValue(Kind kind, Word word) {
  if (word.isValue()) return Value::integer(kind, word.value);
  return word.state == Word::State::null ? Value::null()
                                         : Value::error(static_cast<ErrorCode>(word.value));
}

/// What two words give when at least one is no value: the first error, or else NULL.
inline Word strictOutcome(Word a, Word b) {
  if (a.state == Word::State::error) return a;
  return b.state == Word::State::error ? b : Word::null();
}

struct EvalNode {
  virtual ~EvalNode() = default;
  virtual Value evaluate(const EvalContext& context) const = 0;
  /// The same for a node of a one-word kind.
  virtual Word word(const EvalContext& context) const { return toWord(evaluate(context)); }
  /// The value, if it is always the same.
  virtual const Value* constant() const { return nullptr; }
};

using NodePtr = std::unique_ptr<EvalNode>;
using Nodes = std::vector<NodePtr>;

/// Base of the nodes that give a word.
class WordNode : public EvalNode {
 public:
  explicit WordNode(Kind kind) : kind_(kind) {}
  Value evaluate(const EvalContext& context) const final { return toValue(kind_, word(context)); }
  Word word(const EvalContext& context) const override = 0;

 protected:
  Kind kind_;
};

/// What a strict function knows beside its arguments.
struct CallSite {
  Type result;
  Type argument;  // of args[0]
  TimeUnit unit = TimeUnit::microseconds;
  int precision = 0;  // numeric(precision, scale) of a cast; 0: none
};

/// A function that is only called with values, neither NULL nor error.
using StrictFunction = Value (*)(std::span<const Value> args, const CallSite& site, Arena& arena);

/// The work that such a call takes (work.h); what it makes is counted beside it.
using CostFunction = uint64_t (*)(std::span<const Value> args);

/// The bytes of all arguments together.
uint64_t lengthOf(std::span<const Value> args);

/// The node that calls it, with one to three arguments. Without a cost function it costs the bytes
/// of its arguments.
NodePtr makeStrict(const Expr& expr, Nodes args, StrictFunction function,
                   CostFunction cost = nullptr);

/// What an expression gives that may do no more work.
inline Value tooMuch(const EvalContext& context) {
  return Value::error(context.arena->work().failure());
}

/// Texts that functions build: bytes of the arena, or null above Arena::kMaxValueBytes (the result
/// is then tooLarge).
char* allocateText(Arena& arena, size_t size);

/// Whether values of the kind point to bytes that somebody else owns.
constexpr bool hasBytes(Kind kind) {
  return kind == Kind::text || kind == Kind::bytes || kind == Kind::array;
}

/// The value with its bytes elsewhere: `bytes` is a copy of them.
inline Value moved(const Value& value, std::string_view bytes) {
  if (value.kind() == Kind::text) return Value::text(bytes);
  return value.kind() == Kind::bytes ? Value::bytes(bytes) : Value::array(bytes, value.element());
}

/// The value with its bytes, if it has some, in the arena.
inline Value copied(const Value& value, Arena& arena) {
  return hasBytes(value.kind()) ? moved(value, arena.copy(value.asText())) : value;
}

/// Counts a comparison of two values, if it may be a long one. False: too much.
inline bool spendComparison(const EvalContext& context, const Value& a, const Value& b,
                            uint64_t times = 1) {
  if (!hasBytes(a.kind()) || !hasBytes(b.kind())) return true;
  const size_t bytes = std::min(a.asText().size(), b.asText().size());
  return bytes <= kFreeComparison || context.arena->work().spend(bytes * times);
}

NodePtr makeConstant(const Value& value);  // copies text
NodePtr makeLeaf(const Expr& expr, const ColumnResolver& resolve);
NodePtr makeLogic(const Expr& expr, Nodes args);
NodePtr makeChoice(const Expr& expr, Nodes args);
NodePtr makeComparison(const Expr& expr, Nodes args);
NodePtr makeIn(const Expr& expr, Nodes args);
NodePtr makeLike(const Expr& expr, Nodes args);
NodePtr makeArithmetic(const Expr& expr, Nodes args);
NodePtr makeMath(const Expr& expr, Nodes args);
NodePtr makeTime(const Expr& expr, Nodes args);
NodePtr makeText(const Expr& expr, Nodes args);
NodePtr makeCast(const Expr& expr, Nodes args);

}  // namespace facet
