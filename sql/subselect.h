// Sub-selects of a query: in FROM, and those that WITH gives names to. Thread: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/parse_tree.h"
#include "sql/relation.h"
#include "sql/select.h"

namespace facet {

struct FromRules;

/// The sub-selects that have names in a statement, its own before those around it.
struct WithScope {
  const WithScope* around = nullptr;
  std::vector<std::pair<std::string, std::shared_ptr<const Subselect>>> list{};

  std::shared_ptr<const Subselect> find(std::string_view name) const;
};

/// `statement`, a SELECT in brackets, as an input. `columnNames`: as in AS alias (a, b); may be
/// fewer than its columns.
std::shared_ptr<const Subselect> bindSubselect(const Source& source, const Catalog& catalog,
                                               const FromRules& rules, const SyntaxNode& statement,
                                               const std::vector<std::string_view>& columnNames);

/// Sets what it has in it, from its inputs.
void measure(Subselect& subselect);

/// Binds what stands in the statement's WITH, if it has one, each for those behind it.
WithScope bindWithClause(const Source& source, const Catalog& catalog, const FromRules& rules,
                         const SyntaxNode& statement);

}  // namespace facet
