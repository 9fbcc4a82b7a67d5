#include "sql/from_clause.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/bind_expr.h"
#include "sql/closest_name.h"
#include "sql/input_list.h"
#include "sql/limits.h"

namespace facet {

namespace {

constexpr int kMaxJoinDepth = 2 * static_cast<int>(kMaxRelations);

class FromBinder {
 public:
  FromBinder(const Source& source, const Catalog& catalog, const FromRules& rules)
      : source_(source), catalog_(catalog), rules_(rules) {}

  FromClause bind(const std::vector<SyntaxNode>& items) {
    FromClause out;
    for (const SyntaxNode& item : items) {
      const std::vector<StarColumn> star = bindItem(item);
      out.star.insert(out.star.end(), star.begin(), star.end());
    }
    out.names = NameScope(std::move(list_.relations));
    out.inputs = std::move(list_.inputs);
    out.conditions = std::move(list_.conditions);
    return out;
  }

 private:
  std::vector<StarColumn> bindItem(const SyntaxNode& item) {
    if (item.is("RangeVar")) return bindRelation(item);
    if (item.is("JoinExpr")) return bindJoin(item);
    const int location = item.firstLocation();
    if (item.is("RangeSubselect")) return bindSubselectItem(item, location);
    if (item.is("RangeFunction")) {
      source_.fail(location, "functions in FROM are not yet supported");
    }
    if (item.is("RangeTableSample")) source_.fail(location, "TABLESAMPLE is not supported");
    source_.fail(location, fmt::format("{} in FROM is not supported", item.kind()));
  }

  [[noreturn]] void failNoRelation(std::string_view name, int location) const {
    const auto known = catalog_.relationNames();
    source_.fail(location, fmt::format("relation \"{}\" does not exist", name),
                 didYouMean(name, known));
  }

  const Relation& findRelation(const SyntaxNode& node, std::string_view name) const {
    const int location = node.location();
    if (!node.text("schemaname").empty()) {
      source_.fail(location,
                   fmt::format("relation \"{}.{}\" does not exist", node.text("schemaname"), name),
                   "facet has no schemas: leave the part before the point out");
    }
    const bool laterView =
        rules_.views != nullptr &&
        std::find(rules_.views->begin(), rules_.views->end(), name) != rules_.views->end();
    const Relation* relation = catalog_.findRelation(name);
    if (relation == nullptr && !laterView) failNoRelation(name, location);
    if (!rules_.query && (relation == nullptr || relation->kind == RelationKind::view)) {
      source_.fail(location,
                   fmt::format("\"{}\" is a view; views of views are not yet supported", name),
                   "read the event or table that it reads");
    }
    if (relation->kind == RelationKind::command) {
      source_.fail(location, fmt::format("\"{}\" is a command; only its events are kept", name),
                   "read the event that it emits");
    }
    if (rules_.query && relation->kind == RelationKind::event) {
      source_.fail(location, fmt::format("\"{}\" is an event; queries read views and tables", name),
                   "make a view of it with CREATE MATERIALIZED VIEW");
    }
    return *relation;
  }

  std::vector<StarColumn> bindRelation(const SyntaxNode& node) {
    const std::string_view name = node.text("relname");
    const int location = node.location();
    std::shared_ptr<const Subselect> named = findNamed(node, name);
    const Relation& relation = named ? named->relation : findRelation(node, name);
    if (!node.flag("inh")) {
      source_.fail(location, "FROM ONLY is not supported", "leave ONLY out");
    }
    const SyntaxNode alias = node.part("alias");
    if (alias.has("colnames")) {
      source_.fail(location, "an alias with column names is not supported", "use AS in the SELECT");
    }
    return addInput({&relation, std::string(alias ? alias.text("aliasname") : name), named},
                    location);
  }

  /// What WITH calls so.
  std::shared_ptr<const Subselect> findNamed(const SyntaxNode& node, std::string_view name) const {
    if (rules_.with == nullptr || !node.text("schemaname").empty()) return nullptr;
    return rules_.with->find(name);
  }

  std::vector<StarColumn> bindSubselectItem(const SyntaxNode& item, int location) {
    if (!rules_.query) {
      source_.fail(location, "sub-selects in FROM are not yet supported",
                   "read the event or table itself, and join tables by their key");
    }
    if (item.flag("lateral")) source_.fail(location, "LATERAL is not yet supported");
    const SyntaxNode alias = item.part("alias");
    auto subselect =
        bindSubselect(source_, catalog_, rules_, item.child("subquery"), alias.names("colnames"));
    const Relation& relation = subselect->relation;
    return addInput({&relation, std::string(alias.text("aliasname")), std::move(subselect)},
                    location);
  }

  std::vector<StarColumn> addInput(Select::From input, int location) {
    NamedRelation entry;
    entry.relation = input.relation;
    entry.alias = input.alias;
    entry.index = static_cast<uint32_t>(list_.inputs.size());
    entry.location = location;
    checkInput(entry, input.subselect ? input.subselect->relations : 1);
    const size_t number = list_.relations.size();
    std::vector<StarColumn> star;
    for (size_t c = 0; c < entry.columnCount(); ++c) star.push_back({number, c});
    list_.relations.push_back(std::move(entry));
    list_.inputs.push_back(std::move(input));
    return star;
  }

  /// `relations`: so many more are read with it.
  void checkInput(const NamedRelation& entry, size_t relations) {
    const int location = entry.location;
    read_ += relations;
    if (read_ > kMaxRelations) {
      source_.fail(location, fmt::format("more than {} joins", kMaxRelations - 1),
                   "make several views");
    }
    for (const NamedRelation& other : list_.relations) {
      if (other.alias == entry.alias) {
        source_.fail(location,
                     fmt::format("table name \"{}\" specified more than once", entry.alias),
                     "give each its alias");
      }
      if (other.relation->kind == RelationKind::event &&
          entry.relation->kind == RelationKind::event) {
        source_.fail(
            location,
            fmt::format("joining the event \"{}\" to the event \"{}\" is not yet supported",
                        entry.relation->name, other.relation->name),
            "let one of them write a table, and join that by its key");
      }
    }
  }

  void checkJoin(const SyntaxNode& node, int location) const {
    const std::string_view type = node.text("jointype");
    if (type != "JOIN_INNER" && !rules_.query) {
      source_.fail(location,
                   fmt::format("{} JOIN is not yet supported", type.substr(type.find('_') + 1)),
                   "use an inner JOIN, on the table's key");
    }
    if (type == "JOIN_FULL" && node.has("usingClause")) {
      source_.fail(location, "FULL JOIN with USING is not yet supported",
                   "use ON, and coalesce(a.x, b.x)");
    }
    if (node.flag("isNatural")) {
      source_.fail(location, "NATURAL JOIN is not supported", "name the columns: USING (...)");
    }
    if (node.has("alias") || node.has("join_using_alias")) {
      source_.fail(location, "an alias for a join is not supported", "give each table its alias");
    }
  }

  std::vector<StarColumn> bindJoin(const SyntaxNode& node) {
    if (++depth_ > kMaxJoinDepth)
      source_.fail(-1, fmt::format("more than {} joins", kMaxRelations - 1));
    const SyntaxNode right = node.child("rarg");
    checkJoin(node, right.firstLocation());
    const InputList::Mark begin = list_.mark();
    Sides sides;
    sides.left = bindItem(node.child("larg"));
    const InputList::Mark middle = list_.mark();
    sides.right = bindItem(right);
    --depth_;
    const std::string_view type = node.text("jointype");
    sides.rightWins = type == "JOIN_RIGHT";
    if (type != "JOIN_INNER") makeOuter(type, begin, middle);
    std::vector<StarColumn> star =
        joinSides(node, std::move(sides), begin.relation, right.firstLocation());
    if (type == "JOIN_FULL") list_.group(begin, list_.mark());
    return star;
  }

  /// The last two parts of the list become the two sides of an outer join: the right one a single
  /// input, and, where its rows may go without a partner, the left one too.
  void makeOuter(std::string_view type, const InputList::Mark& begin,
                 const InputList::Mark& middle) {
    list_.group(middle, list_.mark());
    if (type != "JOIN_LEFT") {
      InputList::Mark end = middle;
      end.condition = list_.conditions.size();
      list_.group(begin, end);
    }
    for (size_t r = begin.relation; r < list_.relations.size(); ++r) {
      const bool isRight = r >= middle.relation;
      if (type == "JOIN_FULL" || isRight == (type == "JOIN_LEFT")) {
        list_.relations[r].optional = true;
      }
    }
    if (type == "JOIN_RIGHT") list_.swapLast();
    list_.inputs.back().kind = type == "JOIN_FULL" ? JoinKind::full : JoinKind::left;
  }

  /// What stands left and right of a JOIN.
  struct Sides {
    std::vector<StarColumn> left;
    std::vector<StarColumn> right;
    bool rightWins = false;  // USING shows its column
  };

  /// ON or USING; what * means then.
  std::vector<StarColumn> joinSides(const SyntaxNode& node, Sides sides, size_t firstRelation,
                                    int location) {
    const bool isOuter = node.text("jointype") != "JOIN_INNER";
    std::vector<ExprPtr>& conditions = isOuter ? list_.inputs.back().on : list_.conditions;
    if (node.has("usingClause")) {
      return bindUsing(node.names("usingClause"), std::move(sides), conditions, location);
    }
    if (node.has("quals")) {
      const NameScope visible({list_.relations.begin() + static_cast<std::ptrdiff_t>(firstRelation),
                               list_.relations.end()});
      ExprBinder binder(source_, visible, "JOIN/ON", rules_.given);
      splitConjuncts(binder.bindCondition(node.child("quals")), conditions);
    }
    sides.left.insert(sides.left.end(), sides.right.begin(), sides.right.end());
    return std::move(sides.left);
  }

  /// The one column of the name on a side of USING.
  StarColumn findUsing(std::span<const StarColumn> side, std::string_view name, const char* which,
                       int location) const {
    const StarColumn* found = nullptr;
    for (const StarColumn& c : side) {
      if (list_.relations[c.relation].columnName(c.column) != name) continue;
      if (found != nullptr) {
        source_.fail(location,
                     fmt::format("common column name \"{}\" appears more than once in {} table",
                                 name, which),
                     "use ON");
      }
      found = &c;
    }
    if (found == nullptr) {
      source_.fail(location,
                   fmt::format("column \"{}\" specified in USING clause does not exist in "
                               "{} table",
                               name, which));
    }
    return *found;
  }

  /// Joins by the named columns; they come first in *, and those of the other side stand behind
  /// them.
  std::vector<StarColumn> bindUsing(const std::vector<std::string_view>& names, Sides sides,
                                    std::vector<ExprPtr>& conditions, int location) {
    std::vector<StarColumn> star;
    ExprBinder binder(source_, kNoNames, "JOIN/USING");
    for (const std::string_view name : names) {
      const StarColumn a = findUsing(sides.left, name, "left", location);
      const StarColumn b = findUsing(sides.right, name, "right", location);
      const ExprPtr leftExpr = list_.relations[a.relation].columnExpr(a.column, location);
      const ExprPtr rightExpr = list_.relations[b.relation].columnExpr(b.column, location);
      if (leftExpr->type.kind != rightExpr->type.kind) {
        source_.fail(location,
                     fmt::format("USING (\"{}\"): the columns are {} and {}", name,
                                 plainTypeName(leftExpr->type), plainTypeName(rightExpr->type)),
                     "use ON, with a cast");
      }
      conditions.push_back(binder.applyOperator("=", leftExpr, rightExpr, location));
      const StarColumn& behind = sides.rightWins ? a : b;
      NamedRelation& hidden = list_.relations[behind.relation];
      hidden.merged.resize(hidden.columnCount());
      hidden.merged[behind.column] = true;
      star.push_back(sides.rightWins ? b : a);
      const auto isEither = [&](const StarColumn& c) {
        return (c.relation == a.relation && c.column == a.column) ||
               (c.relation == b.relation && c.column == b.column);
      };
      std::erase_if(sides.left, isEither);
      std::erase_if(sides.right, isEither);
    }
    star.insert(star.end(), sides.left.begin(), sides.left.end());
    star.insert(star.end(), sides.right.begin(), sides.right.end());
    return star;
  }

  inline static const NameScope kNoNames;
  const Source& source_;
  const Catalog& catalog_;
  const FromRules& rules_;
  InputList list_;
  size_t read_ = 0;  // relations of the catalog that are read
  int depth_ = 0;
};

}  // namespace

void splitConjuncts(const ExprPtr& condition, std::vector<ExprPtr>& out) {
  if (condition->op != Op::logicalAnd) {
    out.push_back(condition);
    return;
  }
  for (const ExprPtr& arg : condition->args) splitConjuncts(arg, out);
}

FromClause bindFrom(const Source& source, const Catalog& catalog, const FromRules& rules,
                    const std::vector<SyntaxNode>& items) {
  return FromBinder(source, catalog, rules).bind(items);
}

}  // namespace facet
