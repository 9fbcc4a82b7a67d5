// Finds the order of joins: a source, and for each further relation the conditions that fix its
// whole key.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sql/from_clause.h"

namespace facet {

namespace {

bool isColumnOf(const Expr& expr, uint32_t relation, uint32_t column) {
  return expr.op == Op::column && expr.relation == relation && expr.column == column;
}

/// The expression as a value of the key column's type, if no value is lost by it.
ExprPtr fitKey(const Source& source, const ExprPtr& expr, const Type& key) {
  const Type& type = expr->type;
  if (type == key) return expr;
  if (key.kind == Kind::numeric) {
    const int16_t scale = type.isInteger() ? int16_t{0} : type.scale;
    if (!type.isInteger() && type.kind != Kind::numeric) return nullptr;
    if (key.scale == kAnyScale) return convert(source, expr, Kind::numeric);
    if (scale == kAnyScale || scale > key.scale) return nullptr;
    return convert(source, expr, TypeName{key, 0});
  }
  if (key.isInteger() && type.isInteger() && type.kind < key.kind) {
    return convert(source, expr, key.kind);
  }
  return type.kind == key.kind && type.kind != Kind::array ? expr : nullptr;
}

class JoinPlanner {
 public:
  JoinPlanner(const Source& source, const NameScope& names, const std::vector<ExprPtr>& conditions)
      : source_(source), names_(names), conditions_(conditions) {}

  JoinPlan plan() {
    const size_t first = firstSource();
    for (size_t s = first; s < names_.relations().size(); ++s) {
      if (placeFrom(s)) return result();
      if (isEvent(s)) break;
    }
    placeFrom(first);
    failUnplaced();
  }

 private:
  struct Placed {
    size_t relation;
    std::vector<ExprPtr> keys;
  };

  bool isEvent(size_t relation) const {
    return names_.relations()[relation].relation->kind == RelationKind::event;
  }

  /// An event can only be the source.
  size_t firstSource() const {
    for (size_t i = 0; i < names_.relations().size(); ++i) {
      if (isEvent(i)) return i;
    }
    return 0;
  }

  bool isPlaced(size_t relation) const {
    return std::any_of(placed_.begin(), placed_.end(),
                       [&](const Placed& p) { return p.relation == relation; });
  }

  bool placeFrom(size_t source) {
    placed_ = {{source, {}}};
    used_.assign(conditions_.size(), false);
    bool progress = true;
    while (progress) {
      progress = false;
      for (size_t r = 0; r < names_.relations().size(); ++r) {
        if (!isPlaced(r) && tryPlace(r)) progress = true;
      }
    }
    return placed_.size() == names_.relations().size();
  }

  bool tryPlace(size_t relation) {
    const Relation& table = *names_.relations()[relation].relation;
    if (table.key.empty()) return false;
    Placed placed{relation, {}};
    std::vector<size_t> uses;
    for (const uint32_t column : table.key) {
      const auto found = findKey(relation, column);
      if (!found) return false;
      uses.push_back(found->first);
      placed.keys.push_back(found->second);
    }
    for (const size_t condition : uses) used_[condition] = true;
    placed_.push_back(std::move(placed));
    return true;
  }

  /// A condition that sets the key column equal to what is known before, and that value.
  std::optional<std::pair<size_t, ExprPtr>> findKey(size_t relation, uint32_t column) const {
    const auto number = static_cast<uint32_t>(relation);
    const Type& type = names_.relations()[relation].relation->columns[column].type;
    for (size_t i = 0; i < conditions_.size(); ++i) {
      if (conditions_[i]->op != Op::equal) continue;
      for (const size_t side : {0, 1}) {
        const ExprPtr& value = conditions_[i]->args[1 - side];
        if (!isColumnOf(*conditions_[i]->args[side], number, column) || !isKnown(*value)) continue;
        if (ExprPtr key = fitKey(source_, value, type)) return std::pair(i, std::move(key));
      }
    }
    return std::nullopt;
  }

  /// Whether an expression only uses relations that have their place.
  bool isKnown(const Expr& expr) const {
    bool known = true;
    forEachNode(expr, [&](const Expr& e) { known &= e.op != Op::column || isPlaced(e.relation); });
    return known;
  }

  JoinPlan result() const {
    JoinPlan plan;
    for (const Placed& p : placed_) plan.order.push_back(p.relation);
    for (size_t i = 1; i < placed_.size(); ++i) {
      Join join;
      join.relation = static_cast<uint32_t>(i);
      for (const ExprPtr& key : placed_[i].keys) join.keys.push_back(renumber(key, plan.order));
      plan.joins.push_back(std::move(join));
    }
    for (size_t i = 0; i < conditions_.size(); ++i) {
      if (!used_[i]) plan.rest.push_back(renumber(conditions_[i], plan.order));
    }
    return plan;
  }

  [[noreturn]] void failUnplaced() const {
    size_t r = 0;
    while (isPlaced(r)) ++r;
    const NamedRelation& named = names_.relations()[r];
    std::string keys;
    for (const uint32_t column : named.relation->key) {
      failIfTypeDiffers(named, column);
      keys += fmt::format("{}{}.{}", keys.empty() ? "" : " and ", named.alias,
                          named.relation->columns[column].name);
    }
    source_.fail(named.location,
                 fmt::format("\"{}\" is not joined by its whole primary key", named.alias),
                 fmt::format("set {} equal to columns of the relations before it; other joins are "
                             "not yet supported",
                             keys));
  }

  /// The key column is compared, but with a value of a wider type.
  void failIfTypeDiffers(const NamedRelation& named, uint32_t column) const {
    const Type& type = named.relation->columns[column].type;
    for (const ExprPtr& condition : conditions_) {
      if (condition->op != Op::equal) continue;
      for (const size_t side : {0, 1}) {
        const Expr* key = condition->args[side].get();
        const Expr* value = condition->args[1 - side].get();
        if (key->op == Op::cast || key->op == Op::dateAsTime) key = key->args[0].get();
        if (!isColumnOf(*key, named.index, column) || !isKnown(*value)) continue;
        if (value->type == type) continue;
        source_.fail(
            condition->location,
            fmt::format("cannot join \"{}\" by its key: {} is {}, the other side {}", named.alias,
                        names_.describe(*key), typeName(type), typeName(value->type)),
            fmt::format("cast the other side to {}", typeName(type)));
      }
    }
  }

  const Source& source_;
  const NameScope& names_;
  const std::vector<ExprPtr>& conditions_;
  std::vector<Placed> placed_;
  std::vector<bool> used_;
};

}  // namespace

ExprPtr renumber(const ExprPtr& expr, const std::vector<size_t>& order) {
  return rewrite(expr, [&](const ExprPtr& e) -> ExprPtr {
    if (e->op != Op::column || order[e->relation] == e->relation) return nullptr;
    const auto place = std::find(order.begin(), order.end(), e->relation);
    auto copy = std::make_shared<Expr>(*e);
    copy->relation = static_cast<uint32_t>(place - order.begin());
    return copy;
  });
}

JoinPlan planJoins(const Source& source, const NameScope& names,
                   const std::vector<ExprPtr>& conditions) {
  return JoinPlanner(source, names, conditions).plan();
}

}  // namespace facet
