// What a value adds to a row beside its slot. Thread: pure functions.
#pragma once

#include <cstddef>

#include "values/value.h"

namespace facet {

/// Bytes of a text, of data or a list; 0 of anything else.
inline size_t tailBytes(const Value& value) {
  switch (value.kind()) {
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
    case Kind::composite:
      return value.asText().size();
    default:
      return 0;
  }
}

}  // namespace facet
