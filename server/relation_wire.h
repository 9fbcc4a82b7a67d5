// What clients are told about relations: names, types, and where each column is in a struct.
// Thread: the RPC thread's.
#pragma once

#include <vector>

#include "model/codec.h"
#include "schema/facet.capnp.h"
#include "server/rpc_thread.h"

namespace facet {

void describeRelation(const RelationPlan& plan, wire::Relation::Builder out);

/// Everything that the model has: tables, views, events, commands.
void describeModel(RpcThread& thread, wire::Session::DescribeResults::Builder out);

void describeColumns(const WireLayout& layout, capnp::List<wire::Column>::Builder out);

}  // namespace facet
