// The digest of rows as readers see them, made anew from each of them: what the digest that is kept
// with every change (GroupStore::digest) must equal. Thread: any, with a pin at the position.
#pragma once

#include "views/tables/row_source.h"

namespace facet {

/// The sum of hash128(all columns as a packed row) × multiplicity.
uint128 digestOfRows(const RowSource& source, Position at);

}  // namespace facet
