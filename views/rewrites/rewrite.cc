#include "views/rewrites/rewrite.h"

#include <memory>
#include <utility>

namespace facet {

Select rewriteSelect(Select select) {
  do {
    pushThroughGroups(select);
  } while (mergeSubselect(select));
  isolateInputs(select);
  pushFilters(select);
  pruneColumns(select);
  for (Select::From& input : select.from) {
    if (!input.subselect) continue;
    auto copy = std::make_shared<Subselect>(*input.subselect);
    copy->select = rewriteSelect(std::move(copy->select));
    input.relation = &copy->relation;
    input.subselect = std::move(copy);
  }
  return select;
}

}  // namespace facet
