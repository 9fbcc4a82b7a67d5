// IN over a list: by binary search if the list is all constants, else item by item.
#include <algorithm>

#include "sql/eval_node.h"

namespace facet {
namespace {

class InList final : public WordNode {
 public:
  explicit InList(Nodes args) : WordNode(Kind::boolean), args_(std::move(args)) {}
  Word word(const EvalContext& context) const override {
    Value sought = args_[0]->evaluate(context);
    if (sought.isError()) return toWord(sought);
    bool anyNull = sought.isNull();
    for (size_t i = 1; i < args_.size(); i++) {
      Value item = args_[i]->evaluate(context);
      if (item.isError()) return toWord(item);
      if (!spendComparison(context, sought, item)) return toWord(tooMuch(context));
      if (item.isNull()) {
        anyNull = true;
      } else if (!sought.isNull() && compareValues(sought, item) == 0) {
        return Word::boolean(true);
      }
    }
    return anyNull ? Word::null() : Word::boolean(false);
  }

 private:
  Nodes args_;
};

/// Constants without errors, in order; `Item` is int64_t or Value.
template <typename Item>
class InSorted final : public WordNode {
 public:
  InSorted(NodePtr sought, std::vector<Item> items, bool anyNull, Nodes owners)
      : WordNode(Kind::boolean),
        sought_(std::move(sought)),
        items_(std::move(items)),
        anyNull_(anyNull),
        owners_(std::move(owners)) {
    std::sort(items_.begin(), items_.end(), before);
  }

  Word word(const EvalContext& context) const override {
    if constexpr (std::is_same_v<Item, int64_t>) {
      Word sought = sought_->word(context);
      return sought.isValue() ? find(sought.value) : sought;
    } else {
      Value sought = sought_->evaluate(context);
      return sought.isNull() || sought.isError() ? toWord(sought) : find(sought);
    }
  }

 private:
  static bool before(const Item& a, const Item& b) {
    if constexpr (std::is_same_v<Item, int64_t>) {
      return a < b;
    } else {
      return compareValues(a, b) < 0;
    }
  }
  Word find(const Item& sought) const {
    if (std::binary_search(items_.begin(), items_.end(), sought, before)) {
      return Word::boolean(true);
    }
    return anyNull_ ? Word::null() : Word::boolean(false);
  }

  NodePtr sought_;
  std::vector<Item> items_;
  bool anyNull_;
  Nodes owners_;  // of the constants' texts
};

bool isConstantList(const Nodes& args) {
  return std::all_of(args.begin() + 1, args.end(), [](const NodePtr& node) {
    const Value* item = node->constant();
    return item != nullptr && !item->isError();
  });
}

}  // namespace

NodePtr makeIn(const Expr& expr, Nodes args) {
  if (!isConstantList(args)) return std::make_unique<InList>(std::move(args));
  bool words = isWordKind(expr.args[0]->type.kind);
  std::vector<int64_t> numbers;
  std::vector<Value> values;
  for (size_t i = 1; i < args.size(); i++) {
    const Value& item = *args[i]->constant();
    words = words && (item.isNull() || isWordKind(item.kind()));
    if (!item.isNull()) values.push_back(item);
  }
  bool anyNull = values.size() < args.size() - 1;
  NodePtr sought = std::move(args[0]);
  if (!words) {
    return std::make_unique<InSorted<Value>>(std::move(sought), std::move(values), anyNull,
                                             std::move(args));
  }
  numbers.reserve(values.size());
  for (const Value& value : values) numbers.push_back(value.asInt());
  return std::make_unique<InSorted<int64_t>>(std::move(sought), std::move(numbers), anyNull,
                                             Nodes());
}

}  // namespace facet
