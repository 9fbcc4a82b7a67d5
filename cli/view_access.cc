#include "cli/view_access.h"

#include <fmt/format.h>

#include "cli/command_writer.h"
#include "cli/exit_code.h"
#include "cli/json_flat.h"
#include "client/reads.h"

namespace facet {
namespace {

std::string keyNames(const RelationShape& shape) {
  std::string out;
  for (const ColumnShape& column : shape.key.columns)
    out += (out.empty() ? "" : ", ") + column.name;
  return out;
}

}  // namespace

RelationShape describeView(Client& client, const std::string& name) {
  using Answer = capnp::Response<AnyView::DescribeResults>;
  RelationShape named;
  named.name = name;
  const Answer answer = client.retry([named](wire::Session::Client session) -> kj::Promise<Answer> {
    return viewIn(session, named).describeRequest().send();
  });
  return relationShape(answer.getRelation());
}

std::vector<std::optional<std::string>> keyValues(const RelationShape& shape,
                                                  const std::string& argument) {
  const size_t count = shape.key.columns.size();
  const bool array = !argument.empty() && argument.front() == '[';
  if (count == 1 && !array) return {argument};
  const std::string form = fmt::format("the key of {} is a JSON array of {} value{} ({})",
                                       shape.name, count, count == 1 ? "" : "s", keyNames(shape));
  std::vector<std::optional<std::string>> out;
  const std::string problem = array ? readJsonArray(argument, out) : "it is no array";
  if (problem.empty() && out.size() == count) return out;
  // A text that happens to begin with a bracket.
  if (count == 1) return {argument};
  throw UsageError(fmt::format("{}, not {}", form, argument));
}

void writeKey(const RelationShape& shape, const std::string& argument,
              capnp::AnyStruct::Builder out) {
  const auto values = keyValues(shape, argument);
  for (size_t i = 0; i < values.size(); ++i) {
    std::optional<std::string_view> text;
    if (values[i]) text = *values[i];
    const std::string problem = writeChecked(shape.key.columns[i], text, out);
    if (!problem.empty()) throw UsageError("the key " + problem);
  }
}

}  // namespace facet
