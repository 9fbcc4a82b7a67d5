// The stages of loading a model, each in a file of its own, in the order in which they run; and
// what they share. Each stage adds what is wrong to `problems` and goes on with what is right.
// Internal to model/. Thread: belongs to one load.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/load.h"
#include "model/model.h"
#include "model/schema_files.h"
#include "model/schema_places.h"
#include "schema/model.capnp.h"

namespace facet {

/// A struct with one of facet's annotations.
struct Declaration {
  std::string file;
  std::string name;
  capnp::StructSchema schema;
  bool isTable = false;
  bool isEvent = false;
  bool isCommand = false;
  annotations::TableSpec::Reader table;
  annotations::EventSpec::Reader event;
  annotations::CommandSpec::Reader command;
};

/// A model in the making. The vectors do not grow once their stage is over: relations are pointed
/// at.
class Loading final : public Catalog {
 public:
  std::vector<ModelProblem> problems;
  std::vector<Declaration> declarations;
  std::vector<EventType> events;
  std::vector<TableType> tables;
  std::vector<CommandType> commands;
  std::vector<ViewType> views;
  // Which declaration each of them comes from.
  std::vector<const Declaration*> eventFrom;
  std::vector<const Declaration*> tableFrom;
  std::vector<const Declaration*> commandFrom;
  /// Names of structs that have a problem of their own: what names them says nothing more about it.
  std::set<std::string, std::less<>> broken;
  uint64_t fileId = 0;
  const std::vector<ModelFile>* files = nullptr;

  void problem(const Declaration& at, const std::string& part, std::string message,
               std::string advice = {});
  /// An error of the binder, in the expression at `part` of a struct.
  void problem(const Declaration& at, const std::string& part, const SqlError& error);
  bool isBroken(std::string_view structName) const { return broken.contains(structName); }

  std::optional<uint32_t> findEvent(std::string_view structName) const;
  std::optional<uint32_t> findTable(std::string_view structName) const;

  /// Events, tables, and views of the files before: what a statement of a .sql file can name.
  const Relation* findRelation(std::string_view name) const override;
  std::vector<std::string_view> relationNames() const override;

 private:
  const SchemaPlaces& placesIn(const std::string& file);
  /// Whether the error is a consequence of a table's own: that it is not there.
  bool isAboutBrokenTable(const SqlError& error) const;

  std::map<std::string, SchemaPlaces> places_;  // by file; made when there is a problem
};

/// Finds the annotated structs, and makes tables, events and commands with their fields. `previous`
/// (or null): those that it has keep their index.
void loadStructs(const SchemaFiles& files, const Model* previous, Loading& loading);

/// Whether the composite types of lists, and their structs for clients, have names of their own.
void checkComposites(Loading& loading);

/// What events do to tables.
void loadWrites(Loading& loading);

/// Rules, references and events of commands.
void loadCommands(Loading& loading);

/// The .sql files.
void loadViews(const std::vector<ModelFile>& files, Loading& loading);

/// What a target field asks for.
enum class FillRule : uint8_t {
  ignored,   // it is not filled at all
  optional,  // it may stay as it is
  nullable,  // unless it can be NULL it must be filled, by something that cannot
  key,       // it must be filled; a NULL is found when it happens, and rejects the command
};

/// How fields of one struct become those of another: by name, overridden by `set`.
struct FillRequest {
  const Declaration* at = nullptr;  // where the annotation is
  std::string part;                 // "emits[0]"
  const std::vector<Field>* source = nullptr;
  const std::vector<Field>* target = nullptr;
  std::string sourceName;  // structs, for messages
  std::string targetName;
  std::vector<FillRule> rules;  // by target field
};

/// Binds a value for a target field; throws SqlError.
using BindValue =
    std::function<ExprPtr(std::string_view text, const Type& type, const std::string& part)>;

/// The sources of the target's fields; problems are reported.
std::vector<FieldSource> fillFields(Loading& loading, const FillRequest& request,
                                    capnp::List<annotations::Assignment>::Reader assignments,
                                    const BindValue& bind);

/// A field by its name in Cap'n Proto (address.city) or in SQL.
std::optional<uint32_t> findField(const std::vector<Field>& fields, std::string_view name);
/// Their names in Cap'n Proto, for advice.
std::vector<std::string_view> fieldNames(const std::vector<Field>& fields);

inline std::string_view toView(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

}  // namespace facet
