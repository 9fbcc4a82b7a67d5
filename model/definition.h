// Definitions: what a table or a view is, as a text that follows from the bound model alone: the
// types and names of its columns, its key, and a view's SELECT with what it reads. Neither the text
// of files nor a relation's number is in it, nor what changes nothing that is kept: indexes (but
// for a unique one), columns that a view does not look at, other relations.
//
// A snapshot names the hash of each relation's definition: state belongs to the relation of the
// same name and definition. What events do to a table is not in its definition: an event that is in
// a log goes on doing the same (compatibility.h).
//
// The hashes are on disk: another form of the text makes relations unknown in snapshots of another
// model. Thread: pure functions.
#pragma once

#include <string>

#include "model/model.h"

namespace facet {

std::string definitionOf(const TableType& table);
std::string definitionOf(const ViewType& view);
uint128 hashOfDefinition(const std::string& definition);

}  // namespace facet
