// Three-valued logic, and the choices that evaluate only what they need: AND, OR and CASE stop as
// soon as their result is known, COALESCE at the first value, so that an error behind it is never
// met.
#include "sql/eval_node.h"

namespace facet {
namespace {

/// AND (deciding = false) or OR (deciding = true).
template <bool deciding>
class Junction final : public WordNode {
 public:
  explicit Junction(Nodes args) : WordNode(Kind::boolean), args_(std::move(args)) {}
  Word word(const EvalContext& context) const override {
    bool anyNull = false;
    for (const NodePtr& arg : args_) {
      Word w = arg->word(context);
      if (w.state == Word::State::error) return w;
      if (w.state == Word::State::null) {
        anyNull = true;
      } else if ((w.value != 0) == deciding) {
        return Word::boolean(deciding);
      }
    }
    return anyNull ? Word::null() : Word::boolean(!deciding);
  }

 private:
  Nodes args_;
};

class Not final : public WordNode {
 public:
  explicit Not(NodePtr arg) : WordNode(Kind::boolean), arg_(std::move(arg)) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    return w.isValue() ? Word::boolean(w.value == 0) : w;
  }

 private:
  NodePtr arg_;
};

/// IS [NOT] NULL, of any kind.
class NullTest final : public WordNode {
 public:
  NullTest(NodePtr arg, bool whenNull)
      : WordNode(Kind::boolean), arg_(std::move(arg)), whenNull_(whenNull) {}
  Word word(const EvalContext& context) const override {
    Value value = arg_->evaluate(context);
    return value.isError() ? toWord(value) : Word::boolean(value.isNull() == whenNull_);
  }

 private:
  NodePtr arg_;
  bool whenNull_;
};

/// IS [NOT] TRUE, IS [NOT] FALSE: `tested` is the value asked for.
class TruthTest final : public WordNode {
 public:
  TruthTest(NodePtr arg, bool tested, bool whenEqual)
      : WordNode(Kind::boolean), arg_(std::move(arg)), tested_(tested), whenEqual_(whenEqual) {}
  Word word(const EvalContext& context) const override {
    Word w = arg_->word(context);
    if (w.state == Word::State::error) return w;
    return Word::boolean((w.isValue() && (w.value != 0) == tested_) == whenEqual_);
  }

 private:
  NodePtr arg_;
  bool tested_;
  bool whenEqual_;
};

class Case final : public EvalNode {
 public:
  explicit Case(Nodes args) : args_(std::move(args)) {}
  Value evaluate(const EvalContext& context) const override {
    size_t i = 0;
    for (; i + 1 < args_.size(); i += 2) {
      Word condition = args_[i]->word(context);
      if (condition.isTrue()) return args_[i + 1]->evaluate(context);
      if (condition.state == Word::State::error) return toValue(Kind::boolean, condition);
    }
    return i < args_.size() ? args_[i]->evaluate(context) : Value::null();
  }

 private:
  Nodes args_;
};

class Coalesce final : public EvalNode {
 public:
  explicit Coalesce(Nodes args) : args_(std::move(args)) {}
  Value evaluate(const EvalContext& context) const override {
    for (const NodePtr& arg : args_) {
      Value value = arg->evaluate(context);
      if (!value.isNull()) return value;
    }
    return Value::null();
  }

 private:
  Nodes args_;
};

class NullIf final : public EvalNode {
 public:
  explicit NullIf(Nodes args) : a_(std::move(args[0])), b_(std::move(args[1])) {}
  Value evaluate(const EvalContext& context) const override {
    Value a = a_->evaluate(context);
    if (a.isError()) return a;
    Value b = b_->evaluate(context);
    if (b.isError()) return b;
    if (a.isNull() || b.isNull()) return a;
    if (!spendComparison(context, a, b)) return tooMuch(context);
    return compareValues(a, b) == 0 ? Value::null() : a;
  }

 private:
  NodePtr a_;
  NodePtr b_;
};

/// GREATEST (sign 1) and LEAST (sign -1): NULLs are skipped, every argument is evaluated.
class Extreme final : public EvalNode {
 public:
  Extreme(Nodes args, int sign) : args_(std::move(args)), sign_(sign) {}
  Value evaluate(const EvalContext& context) const override {
    Value best;
    for (const NodePtr& arg : args_) {
      Value value = arg->evaluate(context);
      if (value.isError()) return value;
      if (value.isNull()) continue;
      if (!spendComparison(context, value, best)) return tooMuch(context);
      if (best.isNull() || compareValues(value, best) * sign_ > 0) best = value;
    }
    return best;
  }

 private:
  Nodes args_;
  int sign_;
};

}  // namespace

NodePtr makeLogic(const Expr& expr, Nodes args) {
  switch (expr.op) {
    case Op::logicalAnd:
      return std::make_unique<Junction<false>>(std::move(args));
    case Op::logicalOr:
      return std::make_unique<Junction<true>>(std::move(args));
    case Op::logicalNot:
      return std::make_unique<Not>(std::move(args[0]));
    case Op::isNull:
    case Op::isNotNull:
      return std::make_unique<NullTest>(std::move(args[0]), expr.op == Op::isNull);
    case Op::isTrue:
    case Op::isNotTrue:
      return std::make_unique<TruthTest>(std::move(args[0]), true, expr.op == Op::isTrue);
    default:
      FACET_ASSERT(expr.op == Op::isFalse || expr.op == Op::isNotFalse, static_cast<int>(expr.op));
      return std::make_unique<TruthTest>(std::move(args[0]), false, expr.op == Op::isFalse);
  }
}

NodePtr makeChoice(const Expr& expr, Nodes args) {
  switch (expr.op) {
    case Op::caseWhen:
      return std::make_unique<Case>(std::move(args));
    case Op::coalesce:
      return std::make_unique<Coalesce>(std::move(args));
    case Op::nullIf:
      return std::make_unique<NullIf>(std::move(args));
    default:
      FACET_ASSERT(expr.op == Op::greatest || expr.op == Op::least, static_cast<int>(expr.op));
      return std::make_unique<Extreme>(std::move(args), expr.op == Op::greatest ? 1 : -1);
  }
}

}  // namespace facet
