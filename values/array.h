// Arrays: an array value is the packed row of its elements (row.h), each a column of the same kind.
// The number of elements follows from the row's words, so no count is stored. Elements are scalars
// or composites (composite.h): arrays of arrays do not exist. Thread: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "values/row.h"
#include "values/value.h"

namespace facet {

/// A row's header counts its words in 16 bits: so many elements of two words (numeric) fit with
/// their null bits.
constexpr size_t kMaxArrayElements = 32'000;

/// Number of elements of an array.
size_t arraySize(const Value& array);
/// The element (from 0); text points into the array.
Value arrayElement(const Value& array, size_t index);

/// Number of elements that a packed row of `words` words has, or SIZE_MAX if no number of elements
/// gives it.
size_t arraySizeFromWords(Kind element, size_t words);

/// Packs elements, at most kMaxArrayElements, each of kind `element` or NULL, into `out` (what it
/// held is lost); the result points into `out`.
Value packArray(Kind element, std::span<const Value> elements, std::string& out);
/// Packs composites that lie one behind another: each ends in `bytes` where `ends` says.
Value packComposites(std::string_view bytes, std::span<const size_t> ends, std::string& out);

}  // namespace facet
