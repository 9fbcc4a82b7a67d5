// Views by name, without their schema: handle, description, and key structs from arguments. Thread:
// main.
#pragma once

#include <string>
#include <vector>

#include "client/client.h"

namespace facet {

/// Throws ClientError if there is no view or table of the name.
RelationShape describeView(Client& client, const std::string& name);

/// A key as an argument gives it: a plain value, or a JSON array where the key has several columns.
/// Throws UsageError.
std::vector<std::optional<std::string>> keyValues(const RelationShape& shape,
                                                  const std::string& argument);
void writeKey(const RelationShape& shape, const std::string& argument,
              capnp::AnyStruct::Builder out);

}  // namespace facet
