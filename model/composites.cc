#include "model/composites.h"

#include <fmt/format.h>

#include <set>

#include "model/codec.h"
#include "model/loading.h"
#include "model/names.h"
#include "model/row_structs.h"

namespace facet {
namespace {

/// Goes through the fields of tables and events, which are reported where they are declared.
class Check {
 public:
  explicit Check(Loading& loading) : loading_(loading) {
    for (size_t i = 0; i < loading.tables.size(); ++i) {
      const TableType& table = loading.tables[i];
      taken_.emplace(table.relation.name, table.name);
      structs_.emplace(rowStructName(table), table.name);
      structs_.emplace(keyStructName(table), table.name);
    }
    for (const EventType& event : loading.events) taken_.emplace(event.relation.name, event.name);
  }

  void run() {
    for (size_t i = 0; i < loading_.tables.size(); ++i)
      check(*loading_.tableFrom[i], loading_.tables[i].fields);
    for (size_t i = 0; i < loading_.events.size(); ++i)
      check(*loading_.eventFrom[i], loading_.events[i].fields);
  }

 private:
  void check(const Declaration& at, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      if (!field.composite) continue;
      const auto [known, isNew] = seen_.emplace(field.composite->name(), field.composite.get());
      if (isNew) {
        checkName(at, field);
        checkFields(at, field);
      } else if (!sameComposite(*known->second, *field.composite)) {
        problem(at, field,
                fmt::format("the structs of two lists have the same name in SQL: {}",
                            field.composite->name()),
                "rename one of them");
      }
    }
  }

  void checkName(const Declaration& at, const Field& field) {
    const std::string& name = field.composite->name();
    if (const auto relation = taken_.find(name); relation != taken_.end()) {
      problem(at, field,
              fmt::format("the struct of its elements has the same name in SQL as {}: {}",
                          relation->second, name),
              "declare a struct of its own for the elements of the list");
    }
    const std::string inCapnp = structName(*field.composite);
    if (const auto table = structs_.find(inCapnp); table != structs_.end()) {
      problem(at, field,
              fmt::format("the struct of its elements has the same name as one of {}: {}",
                          table->second, inCapnp),
              "rename the struct");
    } else if (hidesCapnpType(inCapnp)) {
      problem(at, field,
              fmt::format("the struct of its elements would hide Cap'n Proto's type {}", inCapnp),
              "rename the struct");
    }
  }

  /// As fields of a row's struct, where another field may say that one is NULL.
  void checkFields(const Declaration& at, const Field& field) {
    std::set<std::string> fields;
    for (const RelationColumn& column : relationColumns(*field.composite)) {
      const WireColumn wire = wireColumn(column);
      const bool isNew = fields.insert(wire.field).second;
      if (isNew && (!hasNullField(wire) || fields.insert(nullField(wire)).second)) continue;
      problem(at, field,
              fmt::format("two fields of its elements' struct have the same name in the schema for "
                          "clients, because of \"{}\"",
                          column.name),
              "rename one of them");
    }
  }

  void problem(const Declaration& at, const Field& field, std::string message, std::string advice) {
    loading_.problem(at, field.field, std::move(message), std::move(advice));
    loading_.broken.insert(at.name);
  }

  Loading& loading_;
  std::map<std::string, std::string, std::less<>> taken_;    // in SQL, and by which struct
  std::map<std::string, std::string, std::less<>> structs_;  // of rows and keys, and of which table
  Composites seen_;
};

}  // namespace

void collectComposites(const std::vector<Field>& fields, Composites& out) {
  for (const Field& field : fields) {
    if (field.composite) out.emplace(field.composite->name(), field.composite.get());
  }
}

Composites compositesOf(const std::vector<TableType>& tables,
                        const std::vector<EventType>& events) {
  Composites out;
  for (const TableType& table : tables) collectComposites(table.fields, out);
  for (const EventType& event : events) collectComposites(event.fields, out);
  return out;
}

std::string structName(const Composite& composite) {
  return camelCase(composite.name(), FirstLetter::upper);
}

void checkComposites(Loading& loading) {
  Check(loading).run();
}

}  // namespace facet
