#include "model/compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/codec.h"
#include "values/row.h"

namespace facet {
namespace {

bool sameOrNone(const ExprPtr& a, const ExprPtr& b) {
  return (!a && !b) || (a && b && sameExpr(*a, *b));
}

bool sameSource(const FieldSource& a, const FieldSource& b) {
  return a.column == b.column && sameOrNone(a.expr, b.expr);
}

bool sameField(const Field& a, const Field& b) {
  return a.name == b.name && a.field == b.field && a.type == b.type && a.nullable == b.nullable &&
         a.enumerants == b.enumerants && a.plainDefault == b.plainDefault &&
         a.nullUnion == b.nullUnion && std::ranges::equal(a.elements, b.elements, sameField);
}

bool sameWrite(const TableWrite& a, const TableWrite& b) {
  return a.how == b.how && a.table == b.table &&
         std::ranges::equal(a.columns, b.columns, sameSource);
}

bool sameEvent(const EventType& a, const EventType& b) {
  return a.name == b.name && a.typeId == b.typeId && a.relation.name == b.relation.name &&
         std::ranges::equal(a.fields, b.fields, sameField) &&
         std::ranges::equal(a.writes, b.writes, sameWrite);
}

bool sameTable(const TableType& a, const TableType& b) {
  return a.name == b.name && a.typeId == b.typeId && a.relation.name == b.relation.name &&
         a.key == b.key && std::ranges::equal(a.fields, b.fields, sameField);
}

bool sameLookup(const Lookup& a, const Lookup& b) {
  return a.table == b.table && a.keyFields == b.keyFields && a.required == b.required &&
         a.field == b.field;
}

bool sameRule(const CommandRule& a, const CommandRule& b) {
  return a.otherwise == b.otherwise && sameOrNone(a.that, b.that);
}

bool sameEmit(const CommandEmit& a, const CommandEmit& b) {
  return a.event == b.event && sameOrNone(a.when, b.when) &&
         std::ranges::equal(a.fields, b.fields, sameSource);
}

bool sameCommand(const CommandType& a, const CommandType& b) {
  return a.name == b.name && a.typeId == b.typeId && a.stream == b.stream &&
         std::ranges::equal(a.fields, b.fields, sameField) &&
         std::ranges::equal(a.lookups, b.lookups, sameLookup) &&
         std::ranges::equal(a.rules, b.rules, sameRule) &&
         std::ranges::equal(a.emits, b.emits, sameEmit);
}

class Comparison {
 public:
  Comparison(const Model& older, const Model& newer) : older_(older), newer_(newer) {}

  std::vector<ModelProblem> run() {
    for (size_t i = 0; i < older_.tables().size(); ++i) compareTable(i);
    for (size_t i = 0; i < older_.events().size(); ++i) compareEvent(i);
    for (size_t i = 0; i < older_.commands().size(); ++i) compareCommand(i);
    compareRelationNames();
    return std::move(problems_);
  }

 private:
  void problem(std::string place, std::string message, std::string advice) {
    problems_.push_back({"", 0, 0, std::move(place), std::move(message), std::move(advice)});
  }

  void compareTable(size_t i) {
    const TableType& older = older_.tables()[i];
    if (i >= newer_.tables().size() || newer_.tables()[i].typeId != older.typeId) {
      problem(older.name, "the table was removed",
              "leave it in the model; a table that nothing writes costs nothing");
      return;
    }
    const TableType& newer = newer_.tables()[i];
    compareFields(older.name, older.fields, newer.fields);
    if (older.key != newer.key) {
      problem(older.name, "the key of the table changed",
              "declare a new table, and an event that fills it");
    }
  }

  void compareEvent(size_t i) {
    const EventType& older = older_.events()[i];
    if (i >= newer_.events().size() || newer_.events()[i].typeId != older.typeId) {
      problem(older.name, "the event was removed", "leave it in the model: the log has it");
      return;
    }
    const EventType& newer = newer_.events()[i];
    compareFields(older.name, older.fields, newer.fields);
    compareWrites(older, newer);
  }

  /// Commands are not in the log, and may change, but for the fields that both models have: what a
  /// client sends that was built with the older one would be taken for something else.
  void compareCommand(size_t i) {
    const CommandType& older = older_.commands()[i];
    const CommandType* const newer = newer_.findCommand(older.name);
    if (newer == nullptr || newer->typeId != older.typeId) return;
    const auto now = static_cast<uint32_t>(newer - newer_.commands().data());
    const StructDecoder& before = older_.codecs().command(static_cast<uint32_t>(i));
    const StructDecoder& after = newer_.codecs().command(now);
    compareSent(older.name, {older.fields, before.wire()}, {newer->fields, after.wire()});
    compareTextDefaults({older, before}, {*newer, after});
  }

  /// Fields that clients fill, and where they are in the struct.
  struct Sent {
    const std::vector<Field>& fields;
    const WireLayout& wire;
  };

  void compareSent(const std::string& name, const Sent& older, const Sent& newer) {
    for (size_t i = 0; i < std::min(older.fields.size(), newer.fields.size()); ++i) {
      if (isMoved(name, older.fields, newer.fields, i)) continue;
      const std::string place = name + "." + newer.fields[i].field;
      const WireColumn& was = older.wire.columns[i];
      const WireColumn& is = newer.wire.columns[i];
      compareSentField(place, older.fields[i], newer.fields[i], was, is);
      if (was.elements && is.elements) {
        compareSent(place, {older.fields[i].elements, *was.elements},
                    {newer.fields[i].elements, *is.elements});
      }
    }
  }

  void compareSentField(const std::string& place, const Field& older, const Field& newer,
                        const WireColumn& was, const WireColumn& is) {
    const bool sameType = older.type == newer.type || (older.composite && newer.composite);
    const auto sameSlot = [](const EnclosingStruct& a, const EnclosingStruct& b) {
      return a.slot == b.slot;
    };
    const char* const advice =
        "clients that were built before would send something else than they mean: leave the field "
        "as it was, and add a new one at the end";
    if (!sameType) {
      problem(place,
              fmt::format("the field's type changed from {} to {}", typeName(older.type),
                          typeName(newer.type)),
              advice);
    } else if (older.nullUnion != newer.nullUnion) {
      compareUnions(place, older, newer);
    } else if (was.wire != is.wire || was.element != is.element) {
      problem(place, "the field has another type in Cap'n Proto", advice);
    } else if (was.slot != is.slot || !std::ranges::equal(was.path, is.path, sameSlot)) {
      problem(place, "the field is at another place in the struct", advice);
    } else if (was.defaultMask != is.defaultMask) {
      problem(place, "the field's default changed", advice);
    } else if (was.hasNullValue && (!is.hasNullValue || was.nullBits != is.nullBits)) {
      problem(place, "the value that means NULL changed", advice);
    } else {
      compareEnumerants(place, older.enumerants, newer.enumerants, advice);
    }
  }

  /// An enumerant may be renamed, as a field may; a name that is known keeps its number.
  void compareEnumerants(const std::string& place, const std::vector<std::string>& older,
                         const std::vector<std::string>& newer, const char* advice) {
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
      return std::ranges::find(names, name) != names.end();
    };
    for (size_t n = 0; n < std::min(older.size(), newer.size()); ++n) {
      if (older[n] == newer[n] || (!has(older, newer[n]) && !has(newer, older[n]))) continue;
      problem(place, fmt::format("its enumerant @{} was {}, and is {}", n, older[n], newer[n]),
              advice);
      return;
    }
  }

  struct Decoded {
    const CommandType& command;
    const StructDecoder& decoder;
  };

  /// Texts and data that are absent are what the model says. What a client built before leaves away
  /// would be another value.
  void compareTextDefaults(const Decoded& older, const Decoded& newer) {
    std::string before;
    std::string after;
    if (older.decoder.decode({}, before) || newer.decoder.decode({}, after)) return;
    const std::vector<Field>& was = older.command.fields;
    const std::vector<Field>& is = newer.command.fields;
    for (size_t i = 0; i < std::min(was.size(), is.size()); ++i) {
      const Wire wire = newer.decoder.wire().columns[i].wire;
      if (was[i].name != is[i].name || was[i].type != is[i].type) continue;
      if (wire != Wire::text && wire != Wire::data) continue;
      const Value a = Row(before.data()).get(older.command.layout, i);
      const Value b = Row(after.data()).get(newer.command.layout, i);
      if (a.isNull() == b.isNull() && (a.isNull() || a.asText() == b.asText())) continue;
      problem(older.command.name + "." + is[i].field, "the field's default changed",
              "what clients leave away that were built before would be another value: leave the "
              "default as it was");
    }
  }

  /// Events and tables are known by their type ids: under the name of another one, what is in the
  /// log would show up there.
  void compareRelationNames() {
    const auto names = [](const Model& model) {
      std::map<std::string_view, uint64_t> out;
      for (const TableType& table : model.tables()) out[table.relation.name] = table.typeId;
      for (const EventType& event : model.events()) out[event.relation.name] = event.typeId;
      return out;
    };
    const auto older = names(older_);
    for (const auto& [name, typeId] : names(newer_)) {
      const auto known = older.find(name);
      if (known == older.end() || known->second == typeId) continue;
      problem(std::string(name), "the name belonged to another event or table",
              "give a new struct, or one that is renamed, a name that none had");
    }
  }

  /// Whether a name that is known stands for another field now. A field may be renamed, but neither
  /// to the name of another one, nor may its own name go to another one.
  bool isMoved(const std::string& name, const std::vector<Field>& older,
               const std::vector<Field>& newer, size_t i) {
    if (older[i].name == newer[i].name) return false;
    const bool known = hasName(older, newer[i].name);
    if (!known && !hasName(newer, older[i].name)) return false;
    problem(name + "." + newer[i].field,
            known ? fmt::format("it stands where the field {} was: values of {} would be taken for "
                                "those of {}",
                                older[i].field, older[i].field, newer[i].field)
                  : fmt::format("it stands where the field {} was, and {} is another field now",
                                older[i].field, older[i].field),
            "leave each field where it was, and add new ones at the end; a field that is renamed "
            "needs a name that none had");
    return true;
  }

  static bool hasName(const std::vector<Field>& fields, const std::string& name) {
    return std::ranges::find(fields, name, &Field::name) != fields.end();
  }

  void compareFields(const std::string& name, const std::vector<Field>& older,
                     const std::vector<Field>& newer) {
    for (size_t i = 0; i < older.size(); ++i) {
      if (i < newer.size()) {
        if (!isMoved(name, older, newer, i)) compareField(name, older[i], newer[i]);
      } else if (!hasName(newer, older[i].name)) {
        problem(name + "." + older[i].field, "the field was removed", "leave it in the struct");
      }
    }
    for (size_t i = older.size(); i < newer.size(); ++i) {
      if (newer[i].plainDefault) continue;
      problem(name + "." + newer[i].field, "a new field has a default that older rows do not have",
              defaultAdvice(newer[i]));
    }
  }

  static const char* defaultAdvice(const Field& field) {
    if (field.nullUnion) return "give the Void of its union the smaller ordinal: it is NULL there";
    return field.enumerants.empty() ? "leave the default away, so that it is zero or NULL there"
                                    : "make its first enumerant mean NULL: $Facet.nullValue(\"…\")";
  }

  void compareField(const std::string& name, const Field& older, const Field& newer) {
    const std::string place = name + "." + newer.field;
    if (older.composite && newer.composite) {
      compareElements(place, older.elements, newer.elements);
      if (older.nullUnion != newer.nullUnion) compareUnions(place, older, newer);
    } else if (older.type != newer.type) {
      if (older.field != newer.field) {
        problem(place, fmt::format("it stands where the field {} was", older.field),
                "add fields at the end, and remove none");
      } else {
        problem(place,
                fmt::format("the field's type changed from {} to {}", typeName(older.type),
                            typeName(newer.type)),
                "add a new field at the end");
      }
    } else if (older.nullUnion != newer.nullUnion) {
      compareUnions(place, older, newer);
    } else if (older.nullable && !newer.nullable) {
      problem(place, "the field can be NULL in the log, and cannot any more",
              "give it back its nullValue");
    } else if (older.enumerants.size() > newer.enumerants.size() ||
               !std::equal(older.enumerants.begin(), older.enumerants.end(),
                           newer.enumerants.begin())) {
      problem(place, "enumerants were renamed or removed: the log has their names",
              "add new ones at the end");
    }
  }

  /// Who sends the struct says in another place, or by other numbers, that it is NULL.
  void compareUnions(const std::string& place, const Field& older, const Field& newer) {
    constexpr const char* kAdvice = "leave it as it was, or add a new field at the end";
    if (!older.nullUnion) {
      problem(place, "the field became a union", kAdvice);
    } else if (!newer.nullUnion) {
      problem(place, "the field was in a union with a Void, and is not any more", kAdvice);
    } else if (older.nullUnion->null != newer.nullUnion->null) {
      problem(place, "the Void of its union and the field changed places", kAdvice);
    } else {
      problem(place, "its union says in another place which member counts", kAdvice);
    }
  }

  /// Names may change, as those of other fields.
  void compareElements(const std::string& place, const std::vector<Field>& older,
                       const std::vector<Field>& newer) {
    for (size_t i = 0; i < std::min(older.size(), newer.size()); ++i) {
      if (!isMoved(place, older, newer, i)) compareField(place, older[i], newer[i]);
    }
    if (older.size() == newer.size()) return;
    problem(place,
            fmt::format("the struct of its elements had {} fields, and has {}", older.size(),
                        newer.size()),
            "add a new list at the end, with a struct of its own");
  }

  /// An event that is in the log does what it did then; only columns that are new may be written in
  /// addition.
  void compareWrites(const EventType& older, const EventType& newer) {
    bool same = older.writes.size() == newer.writes.size();
    for (size_t i = 0; same && i < older.writes.size(); ++i) {
      const TableWrite& a = older.writes[i];
      const TableWrite& b = newer.writes[i];
      same = a.how == b.how && a.table == b.table && a.columns.size() <= b.columns.size() &&
             std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), sameSource);
    }
    if (same) return;
    problem(older.name + ".writes",
            "the event does something else to tables: those in the log were done as they were",
            "declare a new event, and let the commands emit that one");
  }

  const Model& older_;
  const Model& newer_;
  std::vector<ModelProblem> problems_;
};

}  // namespace

std::vector<ModelProblem> incompatibilities(const Model& older, const Model& newer) {
  return Comparison(older, newer).run();
}

bool sameData(const Model& older, const Model& newer) {
  return std::ranges::equal(older.events(), newer.events(), sameEvent) &&
         std::ranges::equal(older.tables(), newer.tables(), sameTable) &&
         std::ranges::equal(older.commands(), newer.commands(), sameCommand);
}

}  // namespace facet
