// Compares facet's rows with PostgreSQL's, each column by its likeness. Thread: pure functions.
#pragma once

#include <vector>

#include "tests/differential/lab_sql.h"
#include "tests/differential/postgres.h"

namespace facet::test {

/// Whether two results are the same bag of rows. Behind its outputs a row of PostgreSQL's has the
/// magnitudes of the nearby ones (LabSelect::sqlWithMagnitudes). Both are sorted on the way.
bool sameBag(TextRows& facet, TextRows& postgres, const std::vector<LabOutput>& outputs);

/// The two results in which equal numbers are written in one way, so that they can be compared as
/// texts: "1.00" as "1", "-0" as "0".
std::string plainNumber(const std::string& number);

}  // namespace facet::test
