#include "views/rewrites/join_order.h"

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>

#include "sql/limits.h"
#include "values/assert.h"
#include "views/rewrites/blocks.h"

namespace facet {

namespace {

using Inputs = std::bitset<kMaxRelations>;

Inputs inputsOf(const Expr& expr) {
  Inputs out;
  forEachNode(expr, [&](const Expr& node) {
    if (node.op == Op::column) out.set(node.relation);
  });
  return out;
}

bool isIn(const Inputs& some, const Inputs& all) {
  return (some & ~all).none();
}

ExprPtr castTo(const Type& type, const ExprPtr& expr) {
  return makeNode(Op::cast, type, {expr}, expr->location);
}

bool hasParts(const Type& type) {
  return type.kind == Kind::array || type.kind == Kind::composite;
}

/// Both sides of an equality as values whose key forms (canonicalKeyValue) are equal where they
/// are; false: there are none.
bool makeComparable(ExprPtr& a, ExprPtr& b) {
  if (hasParts(a->type) || hasParts(b->type)) return false;
  if (a->type.kind == b->type.kind) return true;
  for (ExprPtr* side : {&a, &b}) {
    if ((*side)->type.isInteger()) *side = castTo(Type::of(Kind::numeric), *side);
  }
  return a->type.kind == b->type.kind;
}

/// The expression as a value of the key column's type, if it is one of the same type or a narrower
/// integer; null: it is not.
ExprPtr asKey(const ExprPtr& expr, const Type& key) {
  if (expr->type == key) return hasParts(key) ? nullptr : expr;
  const bool narrower = key.isInteger() && expr->type.isInteger() && expr->type.kind < key.kind;
  return narrower ? castTo(key, expr) : nullptr;
}

/// A conjunct, and which inputs it looks at.
struct Condition {
  ExprPtr expr;
  Inputs inputs;
  Inputs sides[2];  // of an equality
  bool isEquality = false;
};

Condition conditionOf(const ExprPtr& expr) {
  Condition out{expr, inputsOf(*expr), {}, expr->op == Op::equal};
  for (const size_t side : {0, 1}) {
    if (out.isEquality) out.sides[side] = inputsOf(*expr->args[side]);
  }
  return out;
}

class JoinOrder {
 public:
  JoinOrder(const Select& select, const std::function<uint64_t(uint32_t)>& rows)
      : select_(select), rows_(rows) {
    for (const ExprPtr& conjunct : select.where) where_.push_back(conditionOf(conjunct));
    for (const Select::From& input : select.from) {
      auto& on = on_.emplace_back();
      for (const ExprPtr& conjunct : input.on) on.push_back(conditionOf(conjunct));
      relations_.push_back(plainRelation(*input.subselect));
    }
    for (uint32_t input = 0; input < select.from.size(); ++input) {
      const bool isInner = select.from[input].kind == JoinKind::inner;
      auto& own = equalities_.emplace_back();
      for (const Condition& condition : isInner ? where_ : on_[input]) {
        if (isOver(condition, input)) own.push_back(&condition);
      }
    }
  }

  std::vector<JoinStep> run() {
    std::optional<std::pair<uint64_t, std::vector<JoinStep>>> best;
    for (uint32_t first = 0; first < select_.from.size(); ++first) {
      if (select_.from[first].kind != JoinKind::inner) continue;
      auto order = orderFrom(first);
      if (!best || order.first < best->first) best = std::move(order);
    }
    FACET_ASSERT(best.has_value());  // the first input is no LEFT JOIN's
    return std::move(best->second);
  }

 private:
  /// The order that begins with an input, and how many rows are held for it.
  std::pair<uint64_t, std::vector<JoinStep>> orderFrom(uint32_t first) {
    used_.assign(where_.size(), false);
    placed_.reset();
    std::pair<uint64_t, std::vector<JoinStep>> out;
    JoinStep scanned;
    scanned.input = first;
    place(std::move(scanned), out.second);
    while (out.second.size() < select_.from.size()) {
      JoinStep step = nextStep();
      if (step.find != JoinStep::Find::key) out.first += rows_(step.input) + 1;
      place(std::move(step), out.second);
    }
    return out;
  }

  void place(JoinStep step, std::vector<JoinStep>& steps) {
    placed_.set(step.input);
    // FULL JOIN has rows without the first input too: they are asked at the end.
    const bool isLast = steps.size() + 1 == select_.from.size();
    const bool isFull = select_.from.back().kind == JoinKind::full;
    for (size_t i = 0; i < where_.size() && (isLast || !isFull); ++i) {
      if (used_[i] || !isIn(where_[i].inputs, placed_)) continue;
      used_[i] = true;
      step.where.push_back(where_[i].expr);
    }
    steps.push_back(std::move(step));
  }

  JoinStep nextStep() {
    std::optional<JoinStep> best;
    for (uint32_t input = 0; input < select_.from.size(); ++input) {
      if (placed_[input] || !isReady(input)) continue;
      JoinStep step = stepOf(input);
      if (!best || step.find < best->find) best = std::move(step);
    }
    FACET_ASSERT(best.has_value());  // those of LEFT JOIN only look at inputs before them
    return std::move(*best);
  }

  /// What ON of a LEFT JOIN looks at must be there.
  bool isReady(uint32_t input) const {
    Inputs after = placed_;
    after.set(input);
    return std::all_of(on_[input].begin(), on_[input].end(),
                       [&](const Condition& on) { return isIn(on.inputs, after); });
  }

  JoinStep stepOf(uint32_t input) const {
    const JoinKind kind = select_.from[input].kind;
    JoinStep step;
    step.input = input;
    // All rows of the second side of FULL JOIN are to be seen.
    const bool byKey = kind != JoinKind::full && findByKey(step);
    if (!byKey) findByHash(step);
    for (const Condition& on : on_[input]) step.partner.push_back(on.expr);
    return step;
  }

  /// Whether it is an equality, one side of which is over the input alone.
  static bool isOver(const Condition& condition, uint32_t input) {
    const auto isAlone = [&](const Inputs& side) { return side.count() == 1 && side[input]; };
    return condition.isEquality && (isAlone(condition.sides[0]) || isAlone(condition.sides[1]));
  }

  /// The side of an equality that is over the input alone, where the other one is known.
  std::optional<size_t> sideOf(const Condition& condition, uint32_t input) const {
    Inputs only;
    only.set(input);
    for (const size_t side : {0, 1}) {
      const Inputs& other = condition.sides[1 - side];
      if (condition.sides[side] == only && other.any() && isIn(other, placed_)) return side;
    }
    return std::nullopt;
  }

  bool findByKey(JoinStep& step) const {
    const Relation* const relation = relations_[step.input];
    if (relation == nullptr || relation->key.empty()) return false;
    std::vector<ExprPtr> known;
    for (const uint32_t column : relation->key) {
      ExprPtr key;
      for (const Condition* condition : equalities_[step.input]) {
        const auto side = sideOf(*condition, step.input);
        if (!side || key) continue;
        const Expr& own = *condition->expr->args[*side];
        if (own.op != Op::column || shownColumn(step.input, own.column) != column) continue;
        key = asKey(condition->expr->args[1 - *side], relation->columns[column].type);
      }
      if (!key) return false;
      known.push_back(std::move(key));
    }
    step.find = JoinStep::Find::key;
    step.known = std::move(known);
    return true;
  }

  /// The column of the plain relation that a block's output is.
  uint32_t shownColumn(uint32_t input, uint32_t output) const {
    return select_.from[input].subselect->select.outputs[output].expr->column;
  }

  void findByHash(JoinStep& step) const {
    for (const Condition* condition : equalities_[step.input]) {
      const auto side = sideOf(*condition, step.input);
      if (!side) continue;
      ExprPtr own = condition->expr->args[*side];
      ExprPtr known = condition->expr->args[1 - *side];
      if (!makeComparable(own, known)) continue;
      step.find = JoinStep::Find::hash;
      step.own.push_back(std::move(own));
      step.known.push_back(std::move(known));
    }
  }

  const Select& select_;
  const std::function<uint64_t(uint32_t)>& rows_;
  std::vector<Condition> where_;
  std::vector<std::vector<Condition>> on_;  // by input
  /// By input: of those that join it, so that many inputs and conditions do not multiply.
  std::vector<std::vector<const Condition*>> equalities_;
  std::vector<const Relation*> relations_;  // by input: plainRelation()
  std::vector<bool> used_;                  // by conjunct of WHERE
  Inputs placed_;
};

}  // namespace

const Relation* plainRelation(const Subselect& block) {
  const Select& select = block.select;
  if (!isSimple(select) || select.from.size() != 1 || select.from[0].subselect) return nullptr;
  const bool plain = std::all_of(select.outputs.begin(), select.outputs.end(),
                                 [](const auto& out) { return out.expr->op == Op::column; });
  return plain ? select.from[0].relation : nullptr;
}

std::vector<JoinStep> orderJoins(const Select& select,
                                 const std::function<uint64_t(uint32_t input)>& rows) {
  return JoinOrder(select, rows).run();
}

}  // namespace facet
