// `facet check MODEL`: whether a model is right, and what is in it.
#include <fmt/format.h>

#include <memory>

#include "cli/output.h"
#include "cli/verb.h"
#include "model/codec.h"
#include "model/composites.h"
#include "model/load.h"
#include "values/json.h"

namespace facet {
namespace {

struct CheckArguments {
  std::string model;
  bool json = false;
};

const char* howText(TableWrite::How how) {
  switch (how) {
    case TableWrite::How::insert:
      return "insert";
    case TableWrite::How::upsert:
      return "upsert";
    case TableWrite::How::update:
      return "update";
    case TableWrite::How::erase:
      break;
  }
  return "delete";
}

Json columnsJson(const std::vector<RelationColumn>& columns) {
  Json out = Json::array();
  for (const RelationColumn& column : columns) {
    out.add(
        {{"name", column.name}, {"type", columnTypeName(column)}, {"nullable", column.nullable}});
  }
  return out;
}

/// With those that every event has.
std::vector<RelationColumn> eventColumns(const EventType& event) {
  std::vector<RelationColumn> columns = event.relation.columns;
  columns.push_back({"_position", Type::of(Kind::int64), false});
  columns.push_back({"_time", Type::of(Kind::timestamp), false});
  return columns;
}

Json keyJson(const Relation& relation, const std::vector<uint32_t>& key) {
  Json out = Json::array();
  for (const uint32_t column : key) out.add(relation.columns[column].name);
  return out;
}

Json eventJson(const Model& model, const EventType& event) {
  Json writes = Json::array();
  for (const TableWrite& write : event.writes) {
    writes.add({{"table", model.tables()[write.table].relation.name}, {"how", howText(write.how)}});
  }
  return {{"name", event.relation.name},
          {"struct", event.name},
          {"writes", writes},
          {"columns", columnsJson(eventColumns(event))}};
}

Json commandJson(const Model& model, const CommandType& command) {
  Json emits = Json::array();
  for (const CommandEmit& emit : command.emits) emits.add(model.events()[emit.event].name);
  Json checks = Json::array();
  for (const CommandRule& rule : command.rules) {
    checks.add({{"that", rule.text}, {"otherwise", rule.otherwise}});
  }
  Json references = Json::array();
  for (const Lookup& lookup : command.lookups) {
    if (!lookup.required) continue;
    references.add(
        {{"field", lookup.field}, {"table", model.tables()[lookup.table].relation.name}});
  }
  Json out = {{"name", command.name}, {"emits", emits},
              {"check", checks},      {"references", references},
              {"stream", nullptr},    {"columns", columnsJson(command.relation.columns)}};
  if (command.stream) out.set("stream", command.fields[*command.stream].name);
  return out;
}

/// Those of tables, events and commands.
Composites typesOf(const Model& model) {
  Composites types = compositesOf(model.tables(), model.events());
  for (const CommandType& command : model.commands()) collectComposites(command.fields, types);
  return types;
}

Json modelJson(const Model& model) {
  Json types = Json::array();
  for (const auto& [name, composite] : typesOf(model)) {
    types.add({{"name", name}, {"columns", columnsJson(relationColumns(*composite))}});
  }
  Json tables = Json::array();
  for (const TableType& table : model.tables()) {
    tables.add({{"name", table.relation.name},
                {"struct", table.name},
                {"key", keyJson(table.relation, table.key)},
                {"columns", columnsJson(table.relation.columns)}});
  }
  Json events = Json::array();
  for (const EventType& event : model.events()) events.add(eventJson(model, event));
  Json commands = Json::array();
  for (const CommandType& command : model.commands()) {
    commands.add(commandJson(model, command));
  }
  Json views = Json::array();
  for (const ViewType& view : model.views()) {
    Json key = view.hasKey ? keyJson(view.relation, view.key) : Json(nullptr);
    views.add({{"name", view.name},
               {"struct", view.structName},
               {"key", std::move(key)},
               {"columns", columnsJson(view.relation.columns)}});
  }
  return {{"types", types},
          {"tables", tables},
          {"events", events},
          {"commands", commands},
          {"views", views}};
}

/// The same for people.
class ModelText {
 public:
  explicit ModelText(const Model& model) : model_(model) {}

  std::string run() {
    for (const auto& [name, composite] : typesOf(model_)) {
      heading("type", std::string(name), "the structs of a list");
      columns(relationColumns(*composite));
    }
    for (const TableType& table : model_.tables()) {
      heading("table", table.relation.name, "key " + names(table.relation, table.key));
      columns(table.relation.columns);
    }
    for (const EventType& event : model_.events()) {
      heading("event", event.relation.name, writes(event));
      columns(eventColumns(event));
    }
    for (const CommandType& command : model_.commands()) {
      heading("command", command.name, emits(command));
      columns(command.relation.columns);
    }
    for (const ViewType& view : model_.views()) {
      heading("view", view.name, viewKey(view));
      columns(view.relation.columns);
    }
    return std::move(out_);
  }

 private:
  void heading(const char* kind, const std::string& name, const std::string& about) {
    if (!out_.empty()) out_ += '\n';
    out_ += fmt::format("{} {}{}\n", kind, name, about.empty() ? "" : "  (" + about + ")");
  }

  void columns(const std::vector<RelationColumn>& columns) {
    size_t width = 0;
    for (const RelationColumn& column : columns) width = std::max(width, column.name.size());
    for (const RelationColumn& column : columns) {
      out_ += fmt::format("  {:<{}}  {}{}\n", column.name, width, columnTypeName(column),
                          column.nullable ? "" : " not null");
    }
  }

  static std::string names(const Relation& relation, const std::vector<uint32_t>& key) {
    std::string out;
    for (const uint32_t column : key) {
      out += (out.empty() ? "" : ", ") + relation.columns[column].name;
    }
    return out;
  }

  std::string writes(const EventType& event) const {
    std::string out;
    for (const TableWrite& write : event.writes) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", howText(write.how),
                         model_.tables()[write.table].relation.name);
    }
    return out;
  }

  std::string emits(const CommandType& command) const {
    std::string out;
    for (const CommandEmit& emit : command.emits) {
      out += fmt::format("{}{}", out.empty() ? "emits " : ", ", model_.events()[emit.event].name);
    }
    const size_t rules = command.rules.size();
    if (rules > 0) out += fmt::format(", {} check{}", rules, rules == 1 ? "" : "s");
    return out;
  }

  static std::string viewKey(const ViewType& view) {
    if (!view.hasKey) return "no key";
    return view.key.empty() ? "one row" : "key " + names(view.relation, view.key);
  }

  const Model& model_;
  std::string out_;
};

std::string counted(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

ExitCode check(const CheckArguments& arguments) {
  const auto model = loadModel(arguments.model);
  Output out;
  out.print(arguments.json ? modelJson(*model).dump() + "\n" : ModelText(*model).run());
  out.flush();
  if (!arguments.json) {
    fmt::print(stderr, "the model is right: {}, {}, {}, {}\n",
               counted(model->tables().size(), "table"), counted(model->events().size(), "event"),
               counted(model->commands().size(), "command"),
               counted(model->views().size(), "view"));
  }
  return ExitCode::ok;
}

}  // namespace

Action declareCheck(Arguments& take) {
  const auto arguments = std::make_shared<CheckArguments>();
  take.positional("MODEL", arguments->model, "the model's folder: .capnp and .sql files");
  take.flag("--json", arguments->json, "one JSON object");
  return [arguments]() { return check(*arguments); };
}

}  // namespace facet
