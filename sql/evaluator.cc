#include "sql/evaluator.h"

#include <algorithm>

#include "sql/eval_node.h"
#include "values/assert.h"

namespace facet {
namespace {

/// What computes something new: from numbers, times or texts.
NodePtr makeComputed(const Expr& expr, Nodes args) {
  switch (expr.op) {
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
    case Op::negate:
    case Op::absolute:
      return makeArithmetic(expr, std::move(args));
    case Op::power:
    case Op::squareRoot:
    case Op::round:
    case Op::truncate:
    case Op::ceil:
    case Op::floor:
    case Op::sign:
      return makeMath(expr, std::move(args));
    default:
      return expr.op < Op::concatenate ? makeTime(expr, std::move(args))
                                       : makeText(expr, std::move(args));
  }
}

NodePtr make(const Expr& expr, Nodes args, const ColumnResolver& resolve) {
  switch (expr.op) {
    case Op::constant:
    case Op::column:
    case Op::eventPosition:
    case Op::eventTime:
    case Op::groupColumn:
    case Op::aggregate:
      return makeLeaf(expr, resolve);
    case Op::logicalAnd:
    case Op::logicalOr:
    case Op::logicalNot:
    case Op::isNull:
    case Op::isNotNull:
    case Op::isTrue:
    case Op::isNotTrue:
    case Op::isFalse:
    case Op::isNotFalse:
      return makeLogic(expr, std::move(args));
    case Op::isDistinctFrom:
    case Op::isNotDistinctFrom:
    case Op::equal:
    case Op::notEqual:
    case Op::less:
    case Op::lessEqual:
    case Op::greater:
    case Op::greaterEqual:
      return makeComparison(expr, std::move(args));
    case Op::in:
      return makeIn(expr, std::move(args));
    case Op::like:
    case Op::ilike:
      return makeLike(expr, std::move(args));
    case Op::caseWhen:
    case Op::coalesce:
    case Op::nullIf:
    case Op::greatest:
    case Op::least:
      return makeChoice(expr, std::move(args));
    case Op::cast:
      return makeCast(expr, std::move(args));
    default:
      return makeComputed(expr, std::move(args));
  }
}

/// Whether the node does the same work at every evaluation.
bool onlyConstants(const Nodes& args) {
  return !args.empty() &&
         std::all_of(args.begin(), args.end(), [](const NodePtr& n) { return n->constant(); });
}

/// Whether the node of the expression counts work: its cost depends on the length of something.
bool countsWork(const Expr& expr) {
  const auto hasLength = [](const ExprPtr& arg) {
    return hasBytes(arg->type.kind) || arg->type.kind == Kind::numeric;
  };
  return hasBytes(expr.type.kind) || std::any_of(expr.args.begin(), expr.args.end(), hasLength);
}

class Compiler {
 public:
  Compiler(const ColumnResolver& resolve, Arena& folding) : resolve_(resolve), folding_(folding) {}

  NodePtr compile(const Expr& expr) {
    Nodes args;
    args.reserve(expr.args.size());
    for (const ExprPtr& arg : expr.args) args.push_back(compile(*arg));
    const bool foldable = onlyConstants(args);
    ++nodes;
    if (!args.empty()) counts |= countsWork(expr);
    NodePtr node = make(expr, std::move(args), resolve_);
    return foldable ? folded(std::move(node)) : std::move(node);
  }

  size_t nodes = 0;
  bool counts = false;

 private:
  NodePtr folded(NodePtr node) {
    Work& work = folding_.work();
    if (work.total() >= kMaxFoldingWork) return node;
    EvalContext context;
    context.arena = &folding_;
    work.begin();
    const Value value = node->evaluate(context);
    // Too much for a constant is told by the row that needs it, if one does.
    const bool given = !value.isError() || value.errorCode() != ErrorCode::tooMuchWork;
    NodePtr constant = given ? makeConstant(value) : std::move(node);
    folding_.reset();
    return constant;
  }

  const ColumnResolver& resolve_;
  Arena& folding_;
};

}  // namespace

Program::Program(const Expr& expr, const ColumnResolver& resolve, Arena* folding) {
  Arena own;
  Compiler compiler(resolve, folding != nullptr ? *folding : own);
  root_ = compiler.compile(expr);
  counts_ = compiler.counts || compiler.nodes > kFreeNodes;
  if (compiler.nodes > kFreeNodes) nodeWork_ = (compiler.nodes - kFreeNodes) * kWorkPerNode;
}
Program::Program() noexcept = default;
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

Value Program::evaluateCounted(const EvalContext& context) const {
  context.arena->work().begin();
  if (!context.arena->work().spend(nodeWork_)) return tooMuch(context);
  return root_->evaluate(context);
}

Value Program::evaluate(const EvalContext& context) const {
  if (counts_) return evaluateCounted(context);
  return root_->evaluate(context);
}

Value evaluateConstant(const Expr& expr, Arena& arena) {
  Program program(expr, [](uint32_t, uint32_t) -> ColumnPlace {
    FACET_ASSERT(false);  // a column in a constant expression
    return {};
  });
  EvalContext context;
  context.arena = &arena;
  return copied(program.evaluate(context), arena);
}

}  // namespace facet
