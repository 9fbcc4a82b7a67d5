// `facet schema`: a model's views as Cap'n Proto structs, and its events and tables as PostgreSQL's
// CREATE TABLE. Thread: pure functions.
#pragma once

#include <string>

#include "model/model.h"

namespace facet {

/// A .capnp file with, for each view and table, the struct of a row and of a key. Type ids follow
/// from names and columns: see contract.
std::string capnpSchema(const Model& model);

/// CREATE TYPE statements for the structs in lists, and CREATE TABLE: events with _position and
/// _time, tables with their primary keys. The model's .sql files run unchanged after it.
std::string postgresSchema(const Model& model);

}  // namespace facet
