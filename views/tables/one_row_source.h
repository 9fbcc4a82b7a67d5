// The rows of oneRow() (sql/one_row.h): one, at every position. Thread: immutable.
#pragma once

#include "views/tables/row_source.h"

namespace facet {

const RowSource& oneRowSource();

}  // namespace facet
