// `facet sql "SELECT ..." PARAM...`
#include <memory>

#include "cli/connection.h"
#include "cli/rows_output.h"
#include "cli/verb.h"

namespace facet {
namespace {

struct SqlArguments {
  std::string sql;
  std::vector<std::string> params;
  ConnectFlags connect;
  ReadFlags read;
  FormatFlags format;
};

ExitCode query(const SqlArguments& arguments) {
  const auto client = arguments.connect.connect();
  using Answer = capnp::Response<wire::Session::QueryResults>;
  const Answer answer = client->read([&](wire::Session::Client session) -> kj::Promise<Answer> {
    auto request = session.queryRequest();
    request.setSql(arguments.sql.c_str());
    const std::vector<std::string>& texts = arguments.params;
    auto params = request.initParams(static_cast<unsigned>(texts.size()));
    for (unsigned i = 0; i < params.size(); ++i) params[i].setText(texts[i].c_str());
    arguments.read.apply(request.initRead());
    return request.send();
  });
  const std::vector<ColumnShape> columns = columnShapes(answer.getColumns());
  Output out;
  RowsOutput rows(columns, arguments.format.format(), out);
  rows.printAll(answer.getRows());
  rows.finish();
  tellCut(answer.getCut());
  return ExitCode::ok;
}

}  // namespace

Action declareSql(Arguments& take) {
  const auto arguments = std::make_shared<SqlArguments>();
  take.positional(
      "SELECT", arguments->sql,
      "a SELECT over views and tables: JOIN, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, WITH");
  take.positional("PARAM", arguments->params, "the values of $1, $2, ...",
                  Arguments::Need::optional);
  arguments->format.declareJson(take);
  arguments->format.declareCsv(take);
  arguments->read.declare(take);
  arguments->connect.declare(take);
  return [arguments]() { return query(*arguments); };
}

}  // namespace facet
