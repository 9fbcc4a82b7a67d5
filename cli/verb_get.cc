// `facet get VIEW KEY...`
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "cli/connection.h"
#include "cli/rows_output.h"
#include "cli/verb.h"
#include "cli/view_access.h"
#include "client/reads.h"

namespace facet {
namespace {

struct GetArguments {
  std::string view;
  std::vector<std::string> keys;
  ConnectFlags connect;
  ReadFlags read;
  FormatFlags format;
};

ExitCode get(const GetArguments& arguments) {
  const auto client = arguments.connect.connect();
  const RelationShape shape = describeView(*client, arguments.view);
  const std::vector<std::string>& keys = arguments.keys;
  using Answer = capnp::Response<AnyView::GetResults>;
  const Answer answer = client->read([&](wire::Session::Client session) -> kj::Promise<Answer> {
    auto request = viewIn(session, shape).getRequest();
    auto list = request.getKeys().initAsListOfAnyStruct(shape.key.dataWords, shape.key.pointers,
                                                        static_cast<unsigned>(keys.size()));
    for (unsigned i = 0; i < list.size(); ++i) writeKey(shape, keys[i], list[i]);
    arguments.read.apply(request.initRead());
    return request.send();
  });
  Output out;
  RowsOutput rows(shape.row.columns, arguments.format.format(), out);
  const auto found = answer.getFound();
  const auto all = structsOf(answer.getRows());
  unsigned missing = 0;
  for (unsigned i = 0; i < all.size(); ++i) {
    if (i >= found.size() || found[i]) {
      rows.print(all[i]);
    } else {
      ++missing;
      fmt::print(stderr, "facet: {} has no row with the key {}\n", shape.name, keys[i]);
    }
  }
  rows.finish();
  tellCut(answer.getCut());
  return missing == 0 ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

Action declareGet(Arguments& take) {
  const auto arguments = std::make_shared<GetArguments>();
  take.positional("VIEW", arguments->view, "a view or table");
  take.positional("KEY", arguments->keys,
                  "a row's key: a plain value, or a JSON array where it has several columns");
  arguments->format.declareJson(take);
  arguments->read.declare(take);
  arguments->connect.declare(take);
  return [arguments]() { return get(*arguments); };
}

}  // namespace facet
