// `facet scan VIEW`
#include <algorithm>
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
  ConnectFlags connect;
  ReadFlags read;
  FormatFlags format;
};

void fillOptions(const ScanArguments& arguments, const RelationShape& shape,
                 wire::ScanOptions::Builder options) {
  options.setFilter(arguments.where.c_str());
  options.setOrder(arguments.order.c_str());
  options.setLimit(arguments.limit.value_or(0));
  options.setPage(kScanPage);
  arguments.read.apply(options.initRead());
  if (arguments.after.empty()) return;
  auto key = options.getAfter().initAsAnyStruct(shape.key.dataWords, shape.key.pointers);
  writeKey(shape, arguments.after, key);
}

using Page = capnp::Response<AnyView::ScanResults>;

ExitCode scan(const ScanArguments& arguments) {
  const auto client = arguments.connect.connect();
  const RelationShape shape = describeView(*client, arguments.view);
  Output out;
  RowsOutput rows(shape.row.columns, arguments.format.format(), out);
  std::vector<capnp::byte> cursor;
  do {
    const auto ask = [&](wire::Session::Client session) -> kj::Promise<Page> {
      auto request = viewIn(session, shape).scanRequest();
      auto options = request.initOptions();
      if (cursor.empty()) {
        fillOptions(arguments, shape, options);
      } else {
        options.setPage(kScanPage);
        options.setCursor(kj::arrayPtr(cursor.data(), cursor.size()));
      }
      return request.send();
    };
    const Page page = client->read(ask);
    rows.printAll(page.getRows());
    const auto next = page.getCursor();
    if (cursor.empty()) tellCut(page.getCut());
    cursor.assign(next.begin(), next.end());
  } while (!cursor.empty());
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
  arguments->format.declareJson(take);
  arguments->format.declareCsv(take);
  arguments->read.declare(take);
  arguments->connect.declare(take);
  return [arguments]() { return scan(*arguments); };
}

}  // namespace facet
