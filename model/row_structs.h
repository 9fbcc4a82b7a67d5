// The structs that views and tables are on the wire: their names, fields and layouts. Internal to
// model/. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "model/codec.h"
#include "model/model.h"

namespace facet {

/// Customers → CustomersRow, CustomersKey.
std::string rowStructName(const TableType& table);
std::string keyStructName(const TableType& table);

/// The column's field in the struct of that name. One that is a group (wide) is a class within
/// the struct's in C++ and Java, where it can't have any name: revenue is revenue128 in Revenue.
std::string rowField(const WireColumn& column, std::string_view structName);

/// Whether a field of its own says that the column is NULL, and its name: revenueIsNull.
bool hasNullField(const WireColumn& column);
std::string nullField(const WireColumn& column);

/// A command's decoder for each command, by `schemas`, and layouts for everything in
/// capnpSchema(model), as Cap'n Proto's compiler lays it out. Throws ModelError.
std::unique_ptr<StructCodecs> makeCodecs(const Model& model,
                                         const std::vector<capnp::StructSchema>& schemas);

}  // namespace facet
