// The form of a column in a struct, in descriptions: facet.capnp's numbers for Wire. Thread: pure
// functions.
#pragma once

#include "schema/facet.capnp.h"
#include "values/wire/wire_column.h"

namespace facet {

static_assert(static_cast<int>(Wire::boolean) == static_cast<int>(wire::Column::Wire::BOOL));
static_assert(static_cast<int>(Wire::text) == static_cast<int>(wire::Column::Wire::TEXT));
static_assert(static_cast<int>(Wire::valueText) ==
              static_cast<int>(wire::Column::Wire::VALUE_TEXT));
static_assert(static_cast<int>(Wire::wide) == static_cast<int>(wire::Column::Wire::INT128));

inline wire::Column::Wire describedForm(Wire form) {
  return static_cast<wire::Column::Wire>(form);
}

/// A form that a newer node has is taken for a text.
inline Wire formDescribed(wire::Column::Wire form) {
  return form <= wire::Column::Wire::INT128 ? static_cast<Wire>(form) : Wire::valueText;
}

}  // namespace facet
