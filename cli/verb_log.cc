// `facet log tail` and `facet log show`: events of the log.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cli/connection.h"
#include "cli/json_text.h"
#include "cli/limits.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "client/reads.h"
#include "model/names.h"
#include "values/datetime.h"
#include "values/text.h"

namespace facet {
namespace {

struct LogArguments {
  std::string what;
  std::optional<uint64_t> from;
  std::optional<uint64_t> limit;
  bool follow = false;
  bool json = false;
  ConnectFlags connect;
};

/// Prints events. Their fields come as texts; the descriptions of the events say which of them are
/// JSON numbers.
class EventPrinter {
 public:
  EventPrinter(Client& client, bool json, Output& out) : json_(json), out_(out) {
    if (!json) return;
    for (RelationShape& relation : client.describeAll()) {
      if (relation.kind != wire::Relation::Kind::EVENT) continue;
      events_.push_back(std::move(relation));
    }
  }

  void print(wire::LoggedEvent::Reader event) {
    if (json_) {
      printJson(event);
    } else {
      printText(event);
    }
    out_.grown();
  }

 private:
  void printText(wire::LoggedEvent::Reader event) {
    std::string& out = out_.buffer();
    out += fmt::format("{}  {}  {}", event.getPosition(), formatTimestamp(event.getTime(), false),
                       event.getEvent().cStr());
    for (const auto field : event.getColumns()) {
      out += fmt::format("  {}={}", field.getName().cStr(),
                         field.getNull() ? "NULL" : printableText(field.getText().cStr()));
    }
    out += '\n';
  }

  void printJson(wire::LoggedEvent::Reader event) {
    std::string& out = out_.buffer();
    out += fmt::format("{{\"position\":{},\"time\":", event.getPosition());
    appendJsonString(out, formatTimestamp(event.getTime(), false));
    out += ",\"event\":";
    appendJsonString(out, event.getEvent().cStr());
    out += ",\"data\":{";
    const StructShape* shape = shapeOf(event);
    bool first = true;
    for (const auto field : event.getColumns()) {
      if (!first) out += ',';
      first = false;
      appendJsonString(out, field.getName().cStr());
      out += ':';
      appendField(shape, field);
    }
    out += "}}\n";
  }

  void appendField(const StructShape* shape, wire::LoggedEvent::Field::Reader field) {
    std::string& out = out_.buffer();
    if (field.getNull()) {
      out += "null";
      return;
    }
    const std::string_view text(field.getText().cStr(), field.getText().size());
    const ColumnShape* column = shape == nullptr ? nullptr : shape->find(field.getName().cStr());
    const Type type = column == nullptr ? Type::of(Kind::text) : column->type;
    if (const auto value = parseText(type, text, scratch_)) {
      appendJson(out, type, *value);
    } else {
      appendJsonString(out, text);
    }
  }

  /// The event's description; null if it has none.
  const StructShape* shapeOf(wire::LoggedEvent::Reader event);

  const bool json_;
  Output& out_;
  std::vector<RelationShape> events_;
  std::map<std::string, const StructShape*> shapes_;  // by the events' names, as they came
  std::string scratch_;
};

bool hasFields(const StructShape& shape, wire::LoggedEvent::Reader event) {
  const auto fields = event.getColumns();
  if (fields.size() != shape.columns.size()) return false;
  for (unsigned i = 0; i < fields.size(); ++i) {
    if (shape.columns[i].name != fields[i].getName().cStr()) return false;
  }
  return true;
}

/// A description has the event's name in SQL, which may be another than the struct's: then its
/// fields tell.
const StructShape* EventPrinter::shapeOf(wire::LoggedEvent::Reader event) {
  const std::string name = event.getEvent().cStr();
  const auto known = shapes_.find(name);
  if (known != shapes_.end()) return known->second;
  const StructShape* found = nullptr;
  for (const RelationShape& relation : events_) {
    if (!hasFields(relation.row, event)) continue;
    if (found == nullptr || relation.name == snakeCase(name)) found = &relation.row;
  }
  return shapes_[name] = found;
}

uint64_t headOf(Client& client) {
  return client.wait(status(client.async())).getStatus().getPosition();
}

/// Prints up to `limit` events from `from` on; returns how many, and moves `from` behind them.
uint64_t printEvents(Client& client, EventPrinter& printer, uint64_t& from, uint64_t limit) {
  using Answer = capnp::Response<wire::Admin::LogResults>;
  uint64_t printed = 0;
  while (printed < limit) {
    const auto most = static_cast<uint32_t>(std::min<uint64_t>(kLogPage, limit - printed));
    const auto ask = [from, most](wire::Session::Client session) -> kj::Promise<Answer> {
      auto request = session.adminRequest().send().getAdmin().logRequest();
      request.setFrom(from);
      request.setLimit(most);
      return request.send();
    };
    const Answer answer = client.retry(ask);
    for (const auto event : answer.getEvents()) printer.print(event);
    printed += answer.getEvents().size();
    const uint64_t next = answer.getNext();
    if (next <= from) break;
    from = next;
  }
  return printed;
}

ExitCode log(const LogArguments& arguments) {
  const auto client = arguments.connect.connect();
  Output out;
  EventPrinter printer(*client, arguments.json, out);
  const bool tail = arguments.what == "tail";
  if (arguments.follow && !tail) throw UsageError("--follow goes with `facet log tail`");
  uint64_t from = arguments.from.value_or(1);
  uint64_t limit = arguments.limit.value_or(tail ? kTailEvents : UINT64_MAX);
  if (tail) {
    const uint64_t head = headOf(*client);
    if (head >= limit) from = std::max(from, head - limit + 1);
  }
  printEvents(*client, printer, from, limit);
  out.flush();
  while (arguments.follow) {
    client->wait(client->io().provider->getTimer().afterDelay(kFollowMs * kj::MILLISECONDS));
    if (printEvents(*client, printer, from, UINT64_MAX) > 0) out.flush();
  }
  return ExitCode::ok;
}

}  // namespace

Action declareLog(Arguments& take) {
  const auto arguments = std::make_shared<LogArguments>();
  take.choice("WHAT", arguments->what, "tail: the newest events; show: all from a position on",
              {"tail", "show"});
  take.option("--from", arguments->from, "the first position (1)", 1);
  take.option("--limit", arguments->limit, "events at most (tail: 10)", 1);
  take.flag("-f,--follow", arguments->follow, "tail: go on with new events as they come");
  take.flag("--json", arguments->json, "a JSON object a line");
  arguments->connect.declare(take);
  return [arguments]() { return log(*arguments); };
}

}  // namespace facet
