// Session.query: one SELECT over views and tables, all its rows in one reply.
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/log/clock.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/open_scan.h"
#include "server/relation_wire.h"
#include "server/scan_select.h"
#include "server/session.h"
#include "sql/bind_query.h"
#include "sql/one_row.h"

namespace facet {
namespace {

/// A query's text and parameters, out of the message. Thread: made by the RPC thread, then any.
struct QueryText {
  std::string sql;
  std::vector<Parameter> parameters;
  std::deque<std::string> texts;  // of the parameters
  size_t textBytes = 0;
  /// What now() means: microseconds since 1970, when the query came.
  int64_t now = wallClock().now();
  /// Of the answer's columns: known once it is bound.
  WireLayout layout;

  Value keep(Kind kind, const char* bytes, size_t size) {
    textBytes += size;
    if (textBytes > kMaxParamBytes) {
      throwFailed(fmt::format("the parameters of a query take at most {} bytes", kMaxParamBytes));
    }
    const std::string& text = texts.emplace_back(bytes, size);
    return kind == Kind::text ? Value::text(text) : Value::bytes(text);
  }
};

Parameter parameter(wire::Param::Reader param, QueryText& owner) {
  switch (param.which()) {
    case wire::Param::NULL_:
      return {};
    case wire::Param::TEXT: {
      const auto text = param.getText();
      return {Type::of(Kind::text), owner.keep(Kind::text, text.begin(), text.size()), true};
    }
    case wire::Param::INT:
      return {Type::of(Kind::int64), Value::int64(param.getInt()), false};
    case wire::Param::FLOAT:
      return {Type::of(Kind::float64), Value::float64(param.getFloat()), false};
    case wire::Param::BOOL:
      return {Type::of(Kind::boolean), Value::boolean(param.getBool()), false};
    case wire::Param::BYTES: {
      const auto bytes = param.getBytes();
      const auto* begin = reinterpret_cast<const char*>(bytes.begin());
      return {Type::of(Kind::bytes), owner.keep(Kind::bytes, begin, bytes.size()), false};
    }
  }
  throwFailed("a parameter is of a kind that this node does not know");
}

std::shared_ptr<QueryText> textOf(wire::Session::QueryParams::Reader params) {
  const auto from = params.getParams();
  if (from.size() > kMaxParams) {
    throwFailed(fmt::format("a query has at most {} parameters", kMaxParams));
  }
  const auto sql = params.getSql();
  auto out = std::make_shared<QueryText>();
  out->sql.assign(sql.begin(), sql.size());
  for (const auto param : from) out->parameters.push_back(parameter(param, *out));
  return out;
}

WireLayout resultLayout(const Select& select) {
  std::vector<RelationColumn> columns;
  columns.reserve(select.outputs.size());
  for (const OutputColumn& output : select.outputs) columns.push_back(columnOf(select, output));
  return layoutForColumns(columns);
}

/// Adds what the SELECT reads, each once.
void addRelations(const Node& node, const Select& select, std::vector<const LiveRelation*>& lives) {
  for (const Select::From& from : select.from) {
    if (from.subselect) {
      addRelations(node, from.subselect->select, lives);
    } else if (from.relation != &oneRow()) {
      const LiveRelation* const live = node.find(from.relation->name);
      if (live == nullptr)
        throwFailed(fmt::format("\"{}\" is not served here", from.relation->name));
      if (std::find(lives.begin(), lives.end(), live) == lives.end()) lives.push_back(live);
    }
  }
}

/// On a thread of the pool.
BoundRead bind(const Node& node, QueryText& text) {
  try {
    Select select = bindQuery(text.sql, node.model(), text.parameters, text.now);
    std::vector<const LiveRelation*> lives;
    addRelations(node, select, lives);
    text.layout = resultLayout(select);
    return {std::move(lives), std::move(select)};
  } catch (const SqlError& error) {
    throwFailed(describeSqlError(error));
  }
}

void answer(SessionState& session, QueryContext& context, const WireLayout& layout,
            OpenScan& query) {
  if (query.more()) {
    throwFailed(
        fmt::format("the query has more than {} rows or {} MB; add a LIMIT, or read the view with "
                    "scan, in pages",
                    kMaxQueryRows, kMaxReplyBytes >> 20));
  }
  const RowEncoder encoder(layout);
  const size_t words = 64 + query.page().words(encoder) + layout.columns.size() * 24;
  auto results = context.getResults(capnp::MessageSize{words, 0});
  describeColumns(layout, results.initColumns(static_cast<unsigned>(layout.columns.size())));
  query.page().encode(encoder, results.getRows());
  session.thread.describeCut(query.cut(), results.initCut());
  session.raise(query.cut().at);
}

}  // namespace

kj::Promise<void> answerQuery(SessionState& session, QueryContext context) {
  context.allowCancellation();
  RpcThread& thread = session.thread;
  const auto text = textOf(context.getParams());
  const ReadDemand demand = thread.demand(context.getParams().getRead());
  context.releaseParams();
  return thread.waitFor(demand, session.floor)
      .then([&session, &thread, demand, text]() {
        auto scan = kj::heap<OpenScan>(
            session, demand,
            [&node = std::as_const(thread.node()), text]() { return bind(node, *text); });
        return makePage(session, kj::mv(scan), {kMaxQueryRows, kMaxReplyBytes});
      })
      .then([&session, context, text](kj::Own<OpenScan> query) mutable {
        answer(session, context, text->layout, *query);
      })
      .attach(kj::addRef(session));
}

}  // namespace facet
