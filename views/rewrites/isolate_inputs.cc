// Isolate inputs: FROM a JOIN b becomes FROM (SELECT * FROM a) JOIN (SELECT * FROM b). A join then
// has blocks alone as inputs, each with its own filters, columns and way to its rows (an index, a
// key), and there is one kind of input to run.
#include <utility>

#include "views/rewrites/blocks.h"
#include "views/rewrites/rewrite.h"

namespace facet {

void isolateInputs(Select& select) {
  if (select.from.size() < 2) return;
  for (Select::From& input : select.from) {
    if (input.subselect) continue;
    input.subselect = blockOver(input, {});
    input.relation = &input.subselect->relation;
  }
}

}  // namespace facet
