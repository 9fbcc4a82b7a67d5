// Values into fields of a Cap'n Proto struct, and out of them, by a layout. Thread: pure functions.
#pragma once

#include <capnp/any.h>

#include <optional>
#include <string>

#include "values/value.h"
#include "values/wire/wire_column.h"

namespace facet {

/// Writes a value of the column's type into a field of a struct, which is new: all zero. Returns
/// what is wrong with it, as a predicate ("is out of the field's range"); empty if nothing is. A
/// list may then be there in part. A field that its struct does not have throws kj::Exception.
[[nodiscard]] std::string encodeField(const WireColumn& column, const Value& value,
                                      capnp::AnyStruct::Builder out);

/// Reads a field; nullopt if it has no value of the column's type. Text and bytes point into the
/// message; `scratch` holds what has to be made, until its next use. A pointer to something else
/// may throw kj::Exception, as any reading of Cap'n Proto does.
std::optional<Value> decodeField(const WireColumn& column, capnp::AnyStruct::Reader in,
                                 std::string& scratch);

/// What a field that is no pointer, or an element of its list, says by its bits, those without the
/// default's mask; nullopt: nothing (an enumerant that the layout does not have).
std::optional<Value> valueOfBits(Wire wire, const Type& type,
                                 const std::vector<std::string>& enumerants, uint64_t bits);

}  // namespace facet
