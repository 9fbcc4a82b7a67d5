// `facet sql "SELECT ..." PARAM...`
#include <memory>

#include "cli/command_line.h"
#include "cli/connection.h"
#include "cli/rows_output.h"

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
  auto request = client->session().queryRequest();
  request.setSql(arguments.sql.c_str());
  const std::vector<std::string> texts = plainArguments(arguments.params);
  auto params = request.initParams(static_cast<unsigned>(texts.size()));
  for (unsigned i = 0; i < params.size(); ++i) params[i].setText(texts[i].c_str());
  arguments.read.apply(request.initRead());
  auto answer = client->wait(request.send());
  const std::vector<ColumnShape> columns = columnShapes(answer.getColumns());
  Output out;
  RowsOutput rows(columns, arguments.format.format(), out);
  rows.printAll(answer.getRows());
  rows.finish();
  tellCut(answer.getCut());
  return ExitCode::ok;
}

}  // namespace

Action declareSql(CLI::App& app) {
  const auto arguments = std::make_shared<SqlArguments>();
  app.add_option("SELECT", arguments->sql,
                 "a SELECT over one view or table: WHERE, GROUP BY, HAVING, ORDER BY, LIMIT")
      ->required();
  app.add_option("PARAM", arguments->params, "the values of $1, $2, ...");
  arguments->format.declareJson(app);
  arguments->format.declareCsv(app);
  arguments->read.declare(app);
  arguments->connect.declare(app);
  return [arguments]() { return query(*arguments); };
}

}  // namespace facet
