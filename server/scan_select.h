// What a scan asks for, as a bound SELECT. Thread: the RPC thread's.
#pragma once

#include <string>

#include "schema/facet.capnp.h"
#include "server/rpc_thread.h"
#include "sql/bind.h"
#include "sql/select.h"

namespace facet {

/// Bad filters, orders and keys are exceptions ("failed") that name the place.
Select selectForScan(RelationPlan& plan, wire::ScanOptions::Reader options);

/// "line 1, column 8: column "totl" does not exist; did you mean "total"?"
std::string describeSqlError(const SqlError& error);

}  // namespace facet
