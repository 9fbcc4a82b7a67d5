// Comparisons: integers, dates and times as words, text by bytes, everything else by compareValues.
#include <functional>

#include "sql/eval_node.h"

namespace facet {
namespace {

template <typename Compare>
class WordComparison final : public WordNode {
 public:
  explicit WordComparison(Nodes& args)
      : WordNode(Kind::boolean), a_(std::move(args[0])), b_(std::move(args[1])) {}
  Word word(const EvalContext& context) const override {
    Word a = a_->word(context);
    Word b = b_->word(context);
    if (a.isValue() && b.isValue()) [[likely]]
      return Word::boolean(Compare()(a.value, b.value));
    return strictOutcome(a, b);
  }

 private:
  NodePtr a_;
  NodePtr b_;
};

/// Compares a column or expression with a constant that is known to be a value: the usual filter.
template <typename Compare>
class WordConstantComparison final : public WordNode {
 public:
  WordConstantComparison(NodePtr a, int64_t b) : WordNode(Kind::boolean), a_(std::move(a)), b_(b) {}
  Word word(const EvalContext& context) const override {
    Word a = a_->word(context);
    return a.isValue() ? Word::boolean(Compare()(a.value, b_)) : a;
  }

 private:
  NodePtr a_;
  int64_t b_;
};

struct TextFamily {
  template <typename Compare>
  static bool holds(const Value& a, const Value& b) {
    return Compare()(a.asText(), b.asText());
  }
};

struct AnyFamily {
  template <typename Compare>
  static bool holds(const Value& a, const Value& b) {
    return Compare()(compareValues(a, b), 0);
  }
};

template <typename Family, typename Compare>
class ValueComparison final : public WordNode {
 public:
  explicit ValueComparison(Nodes& args)
      : WordNode(Kind::boolean), a_(std::move(args[0])), b_(std::move(args[1])) {}
  Word word(const EvalContext& context) const override {
    Value a = a_->evaluate(context);
    if (a.isError()) return toWord(a);
    Value b = b_->evaluate(context);
    if (b.isError()) return toWord(b);
    if (a.isNull() || b.isNull()) return Word::null();
    if (!spendComparison(context, a, b)) return toWord(tooMuch(context));
    return Word::boolean(Family::template holds<Compare>(a, b));
  }

 private:
  NodePtr a_;
  NodePtr b_;
};

/// IS [NOT] DISTINCT FROM: NULL is like a value of its own.
class Distinct final : public WordNode {
 public:
  Distinct(Nodes& args, bool whenDistinct)
      : WordNode(Kind::boolean),
        a_(std::move(args[0])),
        b_(std::move(args[1])),
        whenDistinct_(whenDistinct) {}
  Word word(const EvalContext& context) const override {
    Value a = a_->evaluate(context);
    if (a.isError()) return toWord(a);
    Value b = b_->evaluate(context);
    if (b.isError()) return toWord(b);
    if (!spendComparison(context, a, b)) return toWord(tooMuch(context));
    bool distinct = a.isNull() || b.isNull() ? a.isNull() != b.isNull() : compareValues(a, b) != 0;
    return Word::boolean(distinct == whenDistinct_);
  }

 private:
  NodePtr a_;
  NodePtr b_;
  bool whenDistinct_;
};

template <typename Compare>
NodePtr makeCompare(const Expr& expr, Nodes& args) {
  Kind a = expr.args[0]->type.kind;
  Kind b = expr.args[1]->type.kind;
  if (isWordKind(a) && isWordKind(b)) {
    const Value* constant = args[1]->constant();
    if (constant != nullptr && toWord(*constant).isValue()) {
      return std::make_unique<WordConstantComparison<Compare>>(std::move(args[0]),
                                                               constant->asInt());
    }
    return std::make_unique<WordComparison<Compare>>(args);
  }
  if (a == Kind::text && b == Kind::text) {
    return std::make_unique<ValueComparison<TextFamily, Compare>>(args);
  }
  return std::make_unique<ValueComparison<AnyFamily, Compare>>(args);
}

}  // namespace

NodePtr makeComparison(const Expr& expr, Nodes args) {
  switch (expr.op) {
    case Op::equal:
      return makeCompare<std::equal_to<>>(expr, args);
    case Op::notEqual:
      return makeCompare<std::not_equal_to<>>(expr, args);
    case Op::less:
      return makeCompare<std::less<>>(expr, args);
    case Op::lessEqual:
      return makeCompare<std::less_equal<>>(expr, args);
    case Op::greater:
      return makeCompare<std::greater<>>(expr, args);
    case Op::greaterEqual:
      return makeCompare<std::greater_equal<>>(expr, args);
    default:
      FACET_ASSERT(expr.op == Op::isDistinctFrom || expr.op == Op::isNotDistinctFrom,
                   static_cast<int>(expr.op));
      return std::make_unique<Distinct>(args, expr.op == Op::isDistinctFrom);
  }
}

}  // namespace facet
