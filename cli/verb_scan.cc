// `facet scan VIEW`
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "cli/connection.h"
#include "cli/limits.h"
#include "cli/rows_output.h"
#include "cli/verb.h"
#include "cli/view_access.h"
#include "client/reads.h"

namespace facet {
namespace {

struct ScanArguments {
  std::string view;
  std::string where;
  std::string order;
  std::string after;
  std::optional<uint64_t> limit;
  bool oneCut = false;
  ConnectFlags connect;
  ReadFlags read;
  FormatFlags format;
};

Scan::Options scanOptions(const ScanArguments& arguments, const RelationShape& shape) {
  Scan::Options options;
  options.filter = arguments.where;
  options.order = arguments.order;
  options.limit = arguments.limit.value_or(0);
  options.page = kScanPage;
  options.oneCut = arguments.oneCut;
  arguments.read.apply(options);
  if (arguments.after.empty()) return options;
  options.after = [&arguments, &shape](capnp::AnyPointer::Builder key) {
    writeKey(shape, arguments.after, key.initAsAnyStruct(shape.key.dataWords, shape.key.pointers));
  };
  return options;
}

ExitCode scan(const ScanArguments& arguments) {
  const auto client = arguments.connect.connect();
  const RelationShape shape = describeView(*client, arguments.view);
  Output out;
  RowsOutput rows(shape.row.columns, arguments.format.format(), out);
  Scan scan(client->async(), shape, scanOptions(arguments, shape));
  for (bool first = true; scan.more(); first = false) {
    const Scan::Page page = client->wait(scan.next());
    if (const auto from = scan.movedFrom()) {
      fmt::print(stderr,
                 "the server did not keep the scan's position: the rows so far are as of position "
                 "{}, those that follow as of {}\n",
                 *from, page.getCut().getPosition());
    }
    rows.printAll(page.getRows());
    if (first) tellCut(page.getCut());
  }
  rows.finish();
  return ExitCode::ok;
}

}  // namespace

Action declareScan(Arguments& take) {
  const auto arguments = std::make_shared<ScanArguments>();
  take.positional("VIEW", arguments->view, "a view or table");
  take.option("--where", arguments->where, "an SQL condition over the columns");
  take.option("--order-by", arguments->order, "an ORDER BY list: 'revenue DESC, region'");
  take.option("--limit", arguments->limit, "rows at most", 1);
  take.option("--after", arguments->after, "begin behind this key, in key order");
  take.flag("--one-position", arguments->oneCut,
            "end with an error when the server no longer keeps the position that the scan began at "
            "(30 s after a page that nobody reads), instead of going on at a newer one");
  arguments->format.declareJson(take);
  arguments->format.declareCsv(take);
  arguments->read.declare(take);
  arguments->connect.declare(take);
  return [arguments]() { return scan(*arguments); };
}

}  // namespace facet
