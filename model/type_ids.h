// Type ids of the structs that `facet schema --capnp` gives. Internal to model/. Thread: pure
// functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "sql/relation.h"
#include "values/composite.h"

namespace facet {

/// Which struct of a relation.
enum class RowPart : uint8_t { row, key };

/// Follows from the id of the model's first .capnp file, the relation's name, its key, and its
/// columns up to the last one of the key (at least one): so it stays the same when columns are
/// added at the end, and is another one when the key or what comes before it changes.
uint64_t rowTypeId(uint64_t fileId, const Relation& relation, RowPart part);

/// Of the values of a composite type: it follows from the file's id, the type's name and columns.
uint64_t structTypeId(uint64_t fileId, const Composite& composite);

/// Id of the file itself.
uint64_t schemaFileId(uint64_t fileId);

}  // namespace facet
