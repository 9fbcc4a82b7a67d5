// Annotated structs → tables, events and commands, with their fields.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/fields.h"
#include "model/limits.h"
#include "model/loading.h"
#include "model/names.h"

namespace facet {
namespace {

constexpr std::string_view kNoSuchAnnotation =
    "declare annotations with ids of your own; facet's are those of /facet/model.capnp";

constexpr const char* kRenameOne =
    "rename one of them, or give it another name in SQL: name = \"…\"";

/// Reads the struct that an annotation of facet has as its value.
template <typename T>
bool readAnnotation(capnp::schema::Annotation::Reader annotation, typename T::Reader& out) {
  if (!annotation.getValue().isStruct()) return false;
  out = annotation.getValue().getStruct().getAs<T>();
  return true;
}

/// Whether the struct has one of facet's annotations.
bool readDeclaration(const ParsedStruct& parsed, Loading& loading, Declaration& out) {
  out.file = parsed.file;
  out.name = parsed.name;
  out.schema = parsed.schema;
  bool good = true;
  for (const auto annotation : parsed.schema.getProto().getAnnotations()) {
    switch (annotation.getId()) {
      case kTableAnnotation:
        out.isTable = true;
        good = good && readAnnotation<annotations::TableSpec>(annotation, out.table);
        break;
      case kEventAnnotation:
        out.isEvent = true;
        good = good && readAnnotation<annotations::EventSpec>(annotation, out.event);
        break;
      case kCommandAnnotation:
        out.isCommand = true;
        good = good && readAnnotation<annotations::CommandSpec>(annotation, out.command);
        break;
      default:
        break;
    }
  }
  if (!good) {
    loading.problem(out, "", "an annotation has the id of one of facet's, and another type",
                    std::string(kNoSuchAnnotation));
    return false;
  }
  return out.isTable || out.isEvent || out.isCommand;
}

void checkDeclaration(Declaration& declaration, Loading& loading) {
  if (declaration.isTable && (declaration.isEvent || declaration.isCommand)) {
    loading.problem(declaration, "", "a table cannot be an event or a command too",
                    "declare another struct with the same fields");
    loading.broken.insert(declaration.name);
  }
  if (declaration.schema.getProto().getIsGeneric()) {
    loading.problem(declaration, "", "generic structs are not supported",
                    "declare it without type parameters");
    loading.broken.insert(declaration.name);
  }
}

std::vector<Field> readFields(const Declaration& declaration, Loading& loading) {
  std::vector<FieldIssue> issues;
  std::vector<Field> fields;
  for (FieldPlan& plan : planFields(declaration.schema, issues))
    fields.push_back(std::move(plan.field));
  for (FieldIssue& issue : issues) {
    loading.problem(declaration, issue.field, std::move(issue.message), std::move(issue.advice));
    loading.broken.insert(declaration.name);
  }
  return fields;
}

RowLayout layoutOf(const std::vector<Field>& fields) {
  std::vector<Type> types;
  types.reserve(fields.size());
  for (const Field& field : fields) types.push_back(field.type);
  RowLayout layout(std::move(types));
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].nullUnion) layout.nullWhereMissing(i);
  }
  return layout;
}

Relation relationOf(RelationKind kind, std::string name, uint32_t index,
                    const std::vector<Field>& fields) {
  Relation relation;
  relation.kind = kind;
  relation.name = std::move(name);
  relation.index = index;
  for (const Field& field : fields)
    relation.columns.push_back({field.name, field.type, field.nullable, field.isUnsigned});
  return relation;
}

std::string sqlName(const Declaration& declaration, std::string_view given, Loading& loading) {
  std::string name = given.empty() ? snakeCase(declaration.name) : std::string(given);
  const std::string why = sqlNameProblem(name);
  if (!why.empty()) {
    loading.problem(declaration, "", fmt::format("its name in SQL, {}, {}", name, why),
                    declaration.isCommand && !declaration.isEvent
                        ? "rename the struct"
                        : "rename the struct, or give it another name in SQL: name = \"…\"");
    loading.broken.insert(declaration.name);
  }
  return name;
}

void addEvent(const Declaration& declaration, Loading& loading) {
  EventType event;
  event.name = declaration.name;
  event.typeId = declaration.schema.getProto().getId();
  event.fields = readFields(declaration, loading);
  event.layout = layoutOf(event.fields);
  event.relation = relationOf(RelationKind::event,
                              sqlName(declaration, toView(declaration.event.getName()), loading),
                              static_cast<uint32_t>(loading.events.size()), event.fields);
  loading.events.push_back(std::move(event));
  loading.eventFrom.push_back(&declaration);
}

void readKey(const Declaration& declaration, TableType& table, Loading& loading) {
  const auto key = declaration.table.getKey();
  const auto refuse = [&](const std::string& part, std::string message, std::string advice) {
    loading.problem(declaration, part, std::move(message), std::move(advice));
    loading.broken.insert(declaration.name);
  };
  if (key.size() == 0) {
    refuse("", "the table has no key", "name the fields of its key: $Facet.table(key = [\"…\"])");
  }
  for (uint32_t i = 0; i < key.size(); ++i) {
    const std::string part = fmt::format("key[{}]", i);
    const std::string name(toView(key[i]));
    const auto column = findField(table.fields, name);
    if (!column) {
      if (!loading.isBroken(declaration.name)) {
        refuse(part, fmt::format("there is no field \"{}\"", name),
               didYouMean(name, fieldNames(table.fields)));
      }
    } else if (std::ranges::find(table.key, *column) != table.key.end()) {
      refuse(part, fmt::format("field \"{}\" is in the key already", name), "");
    } else if (table.fields[*column].type.kind == Kind::array) {
      refuse(part, "a list cannot be in a key", "use a Text or a number");
    } else {
      table.key.push_back(*column);
    }
  }
}

void placeColumns(TableType& table) {
  std::vector<Type> keyTypes;
  std::vector<Type> restTypes;
  for (const uint32_t column : table.key) keyTypes.push_back(table.fields[column].type);
  for (uint32_t i = 0; i < table.fields.size(); ++i) {
    const auto inKey = std::ranges::find(table.key, i);
    if (inKey != table.key.end()) {
      table.places.push_back({true, static_cast<uint32_t>(inKey - table.key.begin())});
    } else {
      table.places.push_back({false, static_cast<uint32_t>(restTypes.size())});
      restTypes.push_back(table.fields[i].type);
    }
  }
  table.keyLayout = RowLayout(std::move(keyTypes));
  table.restLayout = RowLayout(std::move(restTypes));
  for (size_t i = 0; i < table.fields.size(); ++i) {
    const TableType::Place& place = table.places[i];
    if (!place.inKey && table.fields[i].nullUnion) table.restLayout.nullWhereMissing(place.index);
  }
}

void addTable(const Declaration& declaration, Loading& loading) {
  TableType table;
  table.name = declaration.name;
  table.typeId = declaration.schema.getProto().getId();
  table.fields = readFields(declaration, loading);
  readKey(declaration, table, loading);
  // A primary key is NOT NULL in PostgreSQL, whatever the field's type.
  for (const uint32_t column : table.key) table.fields[column].nullable = false;
  placeColumns(table);
  table.relation = relationOf(RelationKind::table,
                              sqlName(declaration, toView(declaration.table.getName()), loading),
                              static_cast<uint32_t>(loading.tables.size()), table.fields);
  table.relation.key = table.key;
  loading.tables.push_back(std::move(table));
  loading.tableFrom.push_back(&declaration);
}

void addCommand(const Declaration& declaration, Loading& loading) {
  CommandType command;
  command.name = declaration.name;
  command.typeId = declaration.schema.getProto().getId();
  std::vector<FieldIssue> issues;
  if (declaration.isEvent) {
    // The event has reported what is wrong with the fields.
    for (FieldPlan& plan : planFields(declaration.schema, issues))
      command.fields.push_back(std::move(plan.field));
  } else {
    command.fields = readFields(declaration, loading);
  }
  command.layout = layoutOf(command.fields);
  const std::string name =
      declaration.isEvent ? snakeCase(declaration.name) : sqlName(declaration, {}, loading);
  command.relation = relationOf(RelationKind::command, name,
                                static_cast<uint32_t>(loading.commands.size()), command.fields);
  loading.commands.push_back(std::move(command));
  loading.commandFrom.push_back(&declaration);
}

/// Place of each type id in the previous model, so that indexes on disk stay what they are.
template <typename T>
std::map<uint64_t, size_t> placesIn(const std::vector<T>* types) {
  std::map<uint64_t, size_t> places;
  if (types == nullptr) return places;
  for (size_t i = 0; i < types->size(); ++i) places.emplace((*types)[i].typeId, i);
  return places;
}

/// Declarations in the order of their index: those of the previous model as there, new ones behind,
/// by type id.
std::vector<const Declaration*> ordered(const std::vector<Declaration>& declarations,
                                        bool Declaration::*isOne,
                                        const std::map<uint64_t, size_t>& before) {
  std::vector<std::pair<std::pair<size_t, uint64_t>, const Declaration*>> keyed;
  for (const Declaration& declaration : declarations) {
    if (!(declaration.*isOne)) continue;
    const uint64_t id = declaration.schema.getProto().getId();
    const auto found = before.find(id);
    keyed.push_back({{found == before.end() ? SIZE_MAX : found->second, id}, &declaration});
  }
  std::ranges::sort(keyed);
  std::vector<const Declaration*> out;
  out.reserve(keyed.size());
  for (const auto& [key, declaration] : keyed) out.push_back(declaration);
  return out;
}

/// Reports declarations that have a name that one before them, in the order of the files, has
/// already.
template <typename Report>
void checkUnique(std::vector<std::pair<const Declaration*, std::string>> names, Loading& loading,
                 Report&& report) {
  std::ranges::sort(names);  // declarations are in the order of the files
  std::map<std::string, const Declaration*, std::less<>> seen;
  for (const auto& [declaration, name] : names) {
    const auto [first, isNew] = seen.emplace(name, declaration);
    if (isNew) continue;
    report(*declaration, *first->second, name);
    loading.broken.insert(declaration->name);
  }
}

/// Tables and events share one space of names; commands have their structs'.
void checkNames(Loading& loading) {
  std::vector<std::pair<const Declaration*, std::string>> names;
  for (size_t i = 0; i < loading.tables.size(); ++i) {
    names.emplace_back(loading.tableFrom[i], loading.tables[i].relation.name);
  }
  for (size_t i = 0; i < loading.events.size(); ++i) {
    names.emplace_back(loading.eventFrom[i], loading.events[i].relation.name);
  }
  checkUnique(std::move(names), loading,
              [&](const Declaration& at, const Declaration& first, const std::string& name) {
                loading.problem(at, "",
                                fmt::format("it has the same name in SQL as {} of {}: {}",
                                            first.name, first.file, name),
                                kRenameOne);
              });
  std::vector<std::pair<const Declaration*, std::string>> commands;
  for (const Declaration* declaration : loading.commandFrom)
    commands.emplace_back(declaration, declaration->name);
  checkUnique(std::move(commands), loading,
              [&](const Declaration& at, const Declaration& first, const std::string&) {
                loading.problem(at, "",
                                fmt::format("{} has a command of the same name", first.file),
                                "rename one of them");
              });
}

}  // namespace

void loadStructs(const SchemaFiles& files, const Model* previous, Loading& loading) {
  loading.fileId = files.fileId();
  for (const ParsedStruct& parsed : files.structs()) {
    Declaration declaration;
    try {
      if (readDeclaration(parsed, loading, declaration))
        loading.declarations.push_back(declaration);
    } catch (const kj::Exception& e) {
      loading.problem(declaration, "", e.getDescription().cStr(), std::string(kNoSuchAnnotation));
    }
  }
  if (loading.declarations.size() > kMaxStructs) {
    loading.problem(loading.declarations.back(), "",
                    fmt::format("the model has {} tables, events and commands, more than {}",
                                loading.declarations.size(), kMaxStructs),
                    "split it into several models, each with a server of its own");
    return;
  }
  for (Declaration& declaration : loading.declarations) checkDeclaration(declaration, loading);
  const auto eventsBefore = placesIn(previous == nullptr ? nullptr : &previous->events());
  const auto tablesBefore = placesIn(previous == nullptr ? nullptr : &previous->tables());
  for (const auto* d : ordered(loading.declarations, &Declaration::isTable, tablesBefore))
    addTable(*d, loading);
  for (const auto* d : ordered(loading.declarations, &Declaration::isEvent, eventsBefore))
    addEvent(*d, loading);
  for (const auto* d : ordered(loading.declarations, &Declaration::isCommand, {}))
    addCommand(*d, loading);
  checkNames(loading);
  checkComposites(loading);
}

std::optional<uint32_t> findField(const std::vector<Field>& fields, std::string_view name) {
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (fields[i].field == name || fields[i].name == name) return i;
  }
  return std::nullopt;
}

std::vector<std::string_view> fieldNames(const std::vector<Field>& fields) {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const Field& field : fields) names.push_back(field.field);
  return names;
}

}  // namespace facet
