// Session.query: one SELECT over a view or table, all its rows in one reply.
#include <cmath>
#include <vector>

#include "server/fault.h"
#include "server/limits.h"
#include "server/open_scan.h"
#include "server/relation_wire.h"
#include "server/scan_select.h"
#include "server/session.h"
#include "sql/bind.h"

namespace facet {
namespace {

Parameter parameter(wire::Param::Reader param) {
  switch (param.which()) {
    case wire::Param::NULL_:
      return {};
    case wire::Param::TEXT: {
      const auto text = param.getText();
      return {Type::of(Kind::text), Value::text({text.begin(), text.size()}), true};
    }
    case wire::Param::INT:
      return {Type::of(Kind::int64), Value::int64(param.getInt()), false};
    case wire::Param::FLOAT:
      return {Type::of(Kind::float64), Value::float64(param.getFloat()), false};
    case wire::Param::BOOL:
      return {Type::of(Kind::boolean), Value::boolean(param.getBool()), false};
    case wire::Param::BYTES: {
      const auto bytes = param.getBytes();
      return {Type::of(Kind::bytes),
              Value::bytes({reinterpret_cast<const char*>(bytes.begin()), bytes.size()}), false};
    }
  }
  throwFailed("a parameter is of a kind that this node does not know");
}

Select bind(const Model& model,
            capnp::CallContext<wire::Session::QueryParams, wire::Session::QueryResults>& context) {
  const auto params = context.getParams();
  const auto from = params.getParams();
  if (from.size() > kMaxParams) {
    throwFailed(fmt::format("a query has at most {} parameters", kMaxParams));
  }
  std::vector<Parameter> parameters;
  for (const auto param : from) parameters.push_back(parameter(param));
  const auto sql = params.getSql();
  try {
    return bindQuery({sql.begin(), sql.size()}, model, parameters);
  } catch (const SqlError& error) {
    throwFailed(describeSqlError(error));
  }
}

WireLayout resultLayout(const Select& select) {
  std::vector<RelationColumn> columns;
  columns.reserve(select.outputs.size());
  for (const OutputColumn& output : select.outputs) columns.push_back(columnOf(select, output));
  return layoutForColumns(columns);
}

/// One query on its way: what its continuations share.
struct RunningQuery {
  RunningQuery(RpcThread& thread, ScanOwner owner, RelationPlan& plan, Select select, ReadCut cut)
      : layout(resultLayout(select)),
        scan(thread, owner, plan, std::move(select), kj::mv(cut)),
        encoder(layout),
        page(layout.columns.size()) {}

  WireLayout layout;
  OpenScan scan;
  RowEncoder encoder;
  RowPage page;
};

void answer(SessionState& session, QueryContext& context, RunningQuery& query, bool more) {
  if (more) {
    throwFailed(
        fmt::format("the query has more than {} rows or {} MB; add a LIMIT, or read the view with "
                    "scan, in pages",
                    kMaxQueryRows, kMaxReplyBytes >> 20));
  }
  const size_t words = 64 + query.page.words(query.encoder) + query.layout.columns.size() * 24;
  auto results = context.getResults(capnp::MessageSize{words, 0});
  const auto columns = static_cast<unsigned>(query.layout.columns.size());
  describeColumns(query.layout, results.initColumns(columns));
  query.page.encode(query.encoder, results.getRows());
  session.thread.describeCut(query.scan.cut(), results.initCut());
  session.raise(query.scan.cut().at);
}

}  // namespace

kj::Promise<void> answerQuery(SessionState& session, QueryContext context) {
  context.allowCancellation();
  RpcThread& thread = session.thread;
  Select select = bind(thread.node().model(), context);
  RelationPlan* plan = thread.findRelation(select.from.at(0).relation->name);
  if (plan == nullptr) {
    throwFailed(fmt::format("\"{}\" is an event: make a view of it, and query that",
                            select.from[0].relation->name));
  }
  const ReadDemand demand = thread.demand(context.getParams().getRead());
  return thread.cut(plan->live, demand, session.floor)
      .then([&session, &thread, plan, context,
             select = std::move(select)](kj::Own<ReadCut> cut) mutable {
        auto query =
            kj::heap<RunningQuery>(thread, session.owner(), *plan, std::move(select), kj::mv(*cut));
        auto filled = query->scan.fill(query->page, {kMaxQueryRows, kMaxReplyBytes});
        return filled.then([&session, context, query = kj::mv(query)](bool more) mutable {
          answer(session, context, *query, more);
        });
      })
      .attach(kj::addRef(session));
}

}  // namespace facet
