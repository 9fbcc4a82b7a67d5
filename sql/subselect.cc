#include "sql/subselect.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/bind_select.h"
#include "sql/limits.h"

namespace facet {

namespace {

[[noreturn]] void failTooDeep(const Source& source, const SyntaxNode& statement) {
  source.fail(statement.firstLocation(),
              fmt::format("more than {} sub-selects in one another", kMaxSubselectDepth));
}

void refuseRecursion(const Source& source, const SyntaxNode& with) {
  if (!with.flag("recursive")) return;
  source.fail(with.location(), "WITH RECURSIVE is not supported",
              "leave RECURSIVE out, if no part reads itself");
}

}  // namespace

void measure(Subselect& subselect) {
  for (const Select::From& from : subselect.select.from) {
    subselect.relations += from.subselect ? from.subselect->relations : 1;
    if (from.subselect) subselect.depth = std::max(subselect.depth, from.subselect->depth + 1);
  }
}

std::shared_ptr<const Subselect> WithScope::find(std::string_view name) const {
  for (const auto& [known, subselect] : list) {
    if (known == name) return subselect;
  }
  return around == nullptr ? nullptr : around->find(name);
}

std::shared_ptr<const Subselect> bindSubselect(const Source& source, const Catalog& catalog,
                                               const FromRules& rules, const SyntaxNode& statement,
                                               const std::vector<std::string_view>& columnNames) {
  if (rules.depth >= kMaxSubselectDepth) failTooDeep(source, statement);
  SelectRules inner;
  inner.from = rules;
  ++inner.from.depth;
  inner.columnNames = columnNames;
  auto out = std::make_shared<Subselect>();
  out->select = bindSelect(source, catalog, inner, statement);
  out->relation.kind = RelationKind::subselect;
  for (const OutputColumn& output : out->select.outputs) {
    out->relation.columns.push_back(columnOf(out->select, output));
  }
  measure(*out);
  if (out->depth > kMaxSubselectDepth) failTooDeep(source, statement);  // by WITH
  return out;
}

WithScope bindWithClause(const Source& source, const Catalog& catalog, const FromRules& rules,
                         const SyntaxNode& statement) {
  WithScope scope{rules.with};
  const SyntaxNode with = statement.part("withClause");
  refuseRecursion(source, with);
  for (const SyntaxNode& part : with.children("ctes")) {
    const std::string_view name = part.text("ctename");
    const auto same = [&](const auto& known) { return known.first == name; };
    if (std::any_of(scope.list.begin(), scope.list.end(), same)) {
      source.fail(part.location(),
                  fmt::format("WITH query name \"{}\" specified more than once", name));
    }
    const SyntaxNode query = part.child("ctequery");
    if (!query.is("SelectStmt")) {
      source.fail(part.location(), "only SELECT can stand in WITH",
                  "rows are written by commands: facet submit");
    }
    FromRules inner = rules;
    inner.with = &scope;
    auto subselect = bindSubselect(source, catalog, inner, query, part.names("aliascolnames"));
    scope.list.emplace_back(name, std::move(subselect));
  }
  return scope;
}

}  // namespace facet
