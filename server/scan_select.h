// What a scan asks for, as a bound SELECT. Thread: as each says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/facet.capnp.h"
#include "server/rpc_thread.h"
#include "sql/bind.h"
#include "sql/select.h"

namespace facet {

/// A scan's options, out of the message, the key after which it begins as part of the filter.
struct ScanText {
  std::string filter;
  std::string order;
  std::optional<uint64_t> limit;
  std::string behind;  // BoundRead::behind
};

/// Bad keys are exceptions ("failed"). Thread: the RPC thread's.
void addScanText(RelationPlan& plan, wire::ScanOptions::Reader options, ScanText& out);

/// Bad filters and orders are exceptions ("failed") that name the place. Thread: any.
Select bindScan(const Relation& relation, const ScanText& text);

/// "line 1, column 8: column "totl" does not exist; did you mean "total"?"
std::string describeSqlError(const SqlError& error);

}  // namespace facet
