// What a SELECT without FROM reads. Immutable.
#pragma once

#include "sql/relation.h"

namespace facet {

/// One row, without columns. Its name is empty, as no other relation's is.
const Relation& oneRow();

}  // namespace facet
