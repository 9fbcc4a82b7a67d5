// How many digits an exact number can have, as far as its expression tells: what decides whether a
// column of a view or answer is an Int64 in typed rows, or needs 128 bits. Thread: pure functions.
#pragma once

#include "sql/select.h"

namespace facet {

/// What numeric(18,n), and so a field of $Facet.decimal(n), can have: an Int64 holds them all.
constexpr int kNarrowDigits = 18;
/// Of what no expression bounds: all that 128 bits hold.
constexpr int kWideDigits = 38;

/// Digits, counted without the point, of the largest value that the expression of a SELECT can
/// have: a number of type integer, or numeric of a fixed scale. A sum can be of any size.
int numericDigits(const Select& select, const Expr& expr);

}  // namespace facet
