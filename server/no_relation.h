// What a SELECT without FROM reads (sql/one_row.h), as the node has views and tables: one row, the
// same at every cut. Thread: immutable.
#pragma once

#include "actors/node.h"

namespace facet {

const LiveRelation& noRelation();

}  // namespace facet
