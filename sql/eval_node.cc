#include "sql/eval_node.h"

namespace facet {
namespace {

template <size_t count>
class StrictNode final : public EvalNode {
 public:
  StrictNode(const CallSite& site, Nodes args, StrictFunction function, CostFunction cost)
      : function_(function), cost_(cost), site_(site) {
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
    if (cost_ != nullptr && !context.arena->work().spend(cost_(values))) return tooMuch(context);
    const Value result = function_(values, site_, *context.arena);
    if (hasBytes(result.kind()) && !context.arena->work().spend(result.asText().size())) {
      return tooMuch(context);
    }
    return result;
  }

 private:
  std::array<NodePtr, count> args_;
  StrictFunction function_;
  CostFunction cost_;
  CallSite site_;
};

}  // namespace

char* allocateText(Arena& arena, size_t size) {
  return size > Arena::kMaxValueBytes ? nullptr : arena.allocate(size);
}

uint64_t lengthOf(std::span<const Value> args) {
  uint64_t bytes = 0;
  for (const Value& arg : args) bytes += hasBytes(arg.kind()) ? arg.asText().size() : 0;
  return bytes;
}

NodePtr makeStrict(const Expr& expr, Nodes args, StrictFunction function, CostFunction cost) {
  CallSite site{expr.type, expr.args.at(0)->type, expr.unit, expr.precision};
  const bool anyLength = std::any_of(expr.args.begin(), expr.args.end(),
                                     [](const ExprPtr& arg) { return hasBytes(arg->type.kind); });
  if (cost == nullptr && anyLength) cost = lengthOf;
  switch (args.size()) {
    case 1:
      return std::make_unique<StrictNode<1>>(site, std::move(args), function, cost);
    case 2:
      return std::make_unique<StrictNode<2>>(site, std::move(args), function, cost);
    default:
      FACET_ASSERT(args.size() == 3, args.size());
      return std::make_unique<StrictNode<3>>(site, std::move(args), function, cost);
  }
}

}  // namespace facet
