#include "sql/evaluator.h"

#include <algorithm>

#include "sql/eval_node.h"
#include "values/assert.h"

namespace facet {

namespace {

/// Arena blocks: large enough that a batch of texts takes few, small enough that an idle arena is
/// cheap.
constexpr size_t kBlockBytes = size_t{64} << 10;
/// A value above this gets memory of its own, so that at most a quarter of a block is lost.
constexpr size_t kLargeBytes = kBlockBytes / 4;

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
    case Op::cast:
      return makeCast(expr, std::move(args));
    default:
      return expr.op < Op::concatenate ? makeTime(expr, std::move(args))
                                       : makeText(expr, std::move(args));
  }
}

/// Whether the node does the same work at every evaluation.
bool onlyConstants(const Nodes& args) {
  return !args.empty() &&
         std::all_of(args.begin(), args.end(), [](const NodePtr& n) { return n->constant(); });
}

NodePtr compile(const Expr& expr, const ColumnResolver& resolve) {
  Nodes args;
  args.reserve(expr.args.size());
  for (const ExprPtr& arg : expr.args) args.push_back(compile(*arg, resolve));
  bool foldable = onlyConstants(args);
  NodePtr node = make(expr, std::move(args), resolve);
  if (!foldable) return node;
  Arena arena;
  EvalContext context;
  context.arena = &arena;
  return makeConstant(node->evaluate(context));
}

template <size_t count>
class StrictNode final : public Program::Node {
 public:
  StrictNode(const CallSite& site, Nodes args, StrictFunction function)
      : function_(function), site_(site) {
    std::move(args.begin(), args.end(), args_.begin());
  }

  Value evaluate(const EvalContext& context) const override {
    std::array<Value, count> values;
    bool anyNull = false;
    for (size_t i = 0; i < count; i++) {
      values[i] = args_[i]->evaluate(context);
      if (values[i].isError()) return values[i];
      anyNull |= values[i].isNull();
    }
    if (anyNull) return Value::null();
    return function_(values, site_, *context.arena);
  }

 private:
  std::array<NodePtr, count> args_;
  StrictFunction function_;
  CallSite site_;
};

}  // namespace

char* Arena::allocate(size_t size) {
  size = (size + 7) & ~size_t{7};
  if (size > kLargeBytes) {
    large_.push_back(std::make_unique_for_overwrite<char[]>(size));
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

void Arena::reset() {
  block_ = 0;
  used_ = 0;
  large_.clear();
}

char* allocateText(Arena& arena, size_t size) {
  return size > Arena::kMaxValueBytes ? nullptr : arena.allocate(size);
}

NodePtr makeStrict(const Expr& expr, Nodes args, StrictFunction function) {
  CallSite site{expr.type, expr.args.at(0)->type, expr.unit, expr.precision};
  switch (args.size()) {
    case 1:
      return std::make_unique<StrictNode<1>>(site, std::move(args), function);
    case 2:
      return std::make_unique<StrictNode<2>>(site, std::move(args), function);
    default:
      FACET_ASSERT(args.size() == 3, args.size());
      return std::make_unique<StrictNode<3>>(site, std::move(args), function);
  }
}

Program::Program(const Expr& expr, const ColumnResolver& resolve) : root_(compile(expr, resolve)) {}
Program::Program() noexcept = default;
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

Value Program::evaluate(const EvalContext& context) const {
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
