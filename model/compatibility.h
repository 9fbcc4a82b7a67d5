// Whether a log that was written with one model can go on with another: the newest model must read
// every event that is there, and tables must be what their events make of them. Thread: pure
// functions.
#pragma once

#include <vector>

#include "model/load.h"
#include "model/model.h"

namespace facet {

/// What stands in the way, empty if nothing does. `newer` was loaded with `older` as its previous
/// model, so that indexes agree.
///
/// Allowed: new events, tables and commands; fields added at the end of events and tables (with
/// NULL or zero as their default, which is what older rows have there); new columns in the writes
/// of events; names that none had; any change of views and indexes, and of commands but for the
/// fields that they go on to have. Everything else is named here: events and tables removed, fields
/// removed or of another type, keys changed, other writes of an event (the events in the log would
/// mean something else); a known name for another field, event or table, as when two fields of a
/// struct, of a list's struct or of a command change places; and of a command's fields another
/// type, place, default or meaning of NULL, and enumerants that change places (clients that were
/// built before would send something else than they mean).
std::vector<ModelProblem> incompatibilities(const Model& older, const Model& newer);

/// Whether tables, events and commands are the same in both, so that at most views and indexes
/// changed.
bool sameData(const Model& older, const Model& newer);

}  // namespace facet
