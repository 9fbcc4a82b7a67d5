// Rules, references and events of commands.
//
// Expressions may look at rows of tables: those that references name, and those whose key is among
// the command's fields by name. Which tables they are is only known once the expressions are bound;
// so they are bound twice: first with every table that they mention in scope, then with just the
// lookups that turned out to be needed.
#include <fmt/format.h>

#include <algorithm>

#include "model/limits.h"
#include "model/loading.h"
#include "model/names.h"

namespace facet {
namespace {

bool usesTables(const Expr& expr) {
  bool uses = false;
  forEachNode(expr, [&uses](const Expr& node) {
    uses = uses || (node.op == Op::column && node.relation > 0);
  });
  return uses;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

class CommandLoader {
 public:
  CommandLoader(Loading& loading, CommandType& command, const Declaration& at)
      : loading_(loading), command_(command), at_(at) {}

  void run() {
    if (loading_.isBroken(command_.name)) return;
    const size_t before = loading_.problems.size();
    loadStream();
    loadReferences();
    findTables();
    ExprScope scope = scopeOf(tables_);
    bindAll(scope);
    checkTables();
    if (loading_.problems.size() != before) return;
    std::erase_if(tables_, [](const Seen& seen) { return !seen.lookup.required && !seen.used; });
    for (const Seen& seen : tables_) command_.lookups.push_back(seen.lookup);
    scope = scopeOf(tables_);
    bindAll(scope);
  }

 private:
  /// A table that expressions may look at.
  struct Seen {
    Lookup lookup;
    bool isReachable = true;   // false: nothing says which row
    bool isAmbiguous = false;  // two references name a row of it
    bool used = false;
  };

  void problem(const std::string& part, std::string message, std::string advice = {}) {
    loading_.problem(at_, part, std::move(message), std::move(advice));
  }

  void loadStream() {
    const std::string name(toView(at_.command.getStream()));
    if (name.empty()) return;
    command_.stream = findField(command_.fields, name);
    if (!command_.stream) {
      problem("stream", fmt::format("there is no field \"{}\"", name),
              didYouMean(name, fieldNames(command_.fields)));
    } else if (command_.fields[*command_.stream].type.kind == Kind::array) {
      problem("stream", "a list cannot name a stream", "use a Text or a number");
    }
  }

  void loadReferences() {
    const auto references = at_.command.getReferences();
    if (references.size() > kMaxRules) {
      problem("references", fmt::format("there are more than {}", kMaxRules));
      return;
    }
    for (uint32_t i = 0; i < references.size(); ++i) {
      loadReference(fmt::format("references[{}]", i), references[i]);
    }
  }

  void loadReference(const std::string& part, annotations::Reference::Reader reference) {
    const std::string name(toView(reference.getTable()));
    const auto table = loading_.findTable(name);
    if (!table) {
      std::vector<std::string_view> names;
      for (const TableType& t : loading_.tables) names.push_back(t.name);
      problem(part, fmt::format("there is no table \"{}\"", name), didYouMean(name, names));
      return;
    }
    if (loading_.isBroken(name)) return;
    Seen seen;
    seen.lookup.table = *table;
    seen.lookup.required = true;
    seen.lookup.field = std::string(toView(reference.getField()));
    if (!readKeyFields(part, loading_.tables[*table], seen.lookup)) return;
    for (Seen& other : tables_) {
      if (other.lookup.table != *table) continue;
      seen.isAmbiguous = true;
      other.isAmbiguous = true;
    }
    tables_.push_back(std::move(seen));
  }

  bool readKeyFields(const std::string& part, const TableType& table, Lookup& lookup) {
    std::string_view rest = lookup.field;
    while (true) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string name(trimmed(rest.substr(0, comma)));
      const auto field = findField(command_.fields, name);
      if (!field) {
        problem(part, fmt::format("there is no field \"{}\"", name),
                didYouMean(name, fieldNames(command_.fields)));
        return false;
      }
      lookup.keyFields.push_back(*field);
      if (comma == rest.size()) break;
      rest.remove_prefix(comma + 1);
    }
    if (lookup.keyFields.size() != table.key.size()) {
      problem(part,
              fmt::format("the key of {} has {} field(s), and not {}", table.name, table.key.size(),
                          lookup.keyFields.size()),
              "name the command's fields in the order of the key: field = \"a,b\"");
      return false;
    }
    for (size_t i = 0; i < table.key.size(); ++i) {
      const Field& from = command_.fields[lookup.keyFields[i]];
      const Field& to = table.fields[table.key[i]];
      if (from.type == to.type) continue;
      problem(part,
              fmt::format("field \"{}\" is {}, and \"{}\" in the key of {} is {}", from.field,
                          typeName(from.type), to.field, table.name, typeName(to.type)),
              "give both the same type");
      return false;
    }
    return true;
  }

  /// Whether one of the command's expressions has the word in it.
  bool isMentioned(std::string_view word) const {
    const auto in = [word](capnp::Text::Reader text) {
      return toView(text).find(word) != std::string_view::npos;
    };
    for (const auto rule : at_.command.getCheck()) {
      if (in(rule.getThat())) return true;
    }
    for (const auto emit : at_.command.getEmits()) {
      if (in(emit.getWhen())) return true;
      for (const auto assignment : emit.getSet()) {
        if (in(assignment.getTo())) return true;
      }
    }
    return false;
  }

  /// Tables without a reference: their row is the one with the key that is among the command's
  /// fields.
  void findTables() {
    for (uint32_t i = 0; i < loading_.tables.size(); ++i) {
      const TableType& table = loading_.tables[i];
      if (std::ranges::any_of(tables_, [i](const Seen& seen) { return seen.lookup.table == i; }))
        continue;
      if (loading_.isBroken(table.name) || !isMentioned(table.relation.name)) continue;
      Seen seen;
      seen.lookup.table = i;
      for (const uint32_t column : table.key) {
        const Field& key = table.fields[column];
        const auto field = std::ranges::find(command_.fields, key.name, &Field::name);
        if (field == command_.fields.end() || field->type != key.type) {
          seen.isReachable = false;
          break;
        }
        seen.lookup.keyFields.push_back(static_cast<uint32_t>(field - command_.fields.begin()));
      }
      tables_.push_back(std::move(seen));
    }
  }

  ExprScope scopeOf(const std::vector<Seen>& tables) const {
    static const Relation kHidden;
    ExprScope scope{{&command_.relation}};
    for (size_t i = 0; i < tables.size(); ++i) {
      const uint32_t table = tables[i].lookup.table;
      const bool again =
          std::ranges::any_of(tables.begin(), tables.begin() + static_cast<ptrdiff_t>(i),
                              [table](const Seen& seen) { return seen.lookup.table == table; });
      scope.relations.push_back(again ? &kHidden : &loading_.tables[table].relation);
    }
    return scope;
  }

  /// Marks the tables that the expression looks at.
  void note(const Expr& expr, const std::string& part) {
    forEachNode(expr, [&](const Expr& node) {
      if (node.op != Op::column || node.relation == 0) return;
      Seen& seen = tables_[node.relation - 1];
      if (seen.used) return;
      seen.used = true;
      const TableType& table = loading_.tables[seen.lookup.table];
      if (!seen.isReachable) {
        problem(part, fmt::format("nothing says which row of {} is meant", table.relation.name),
                fmt::format("add a reference: references = [(field = \"…\", table = \"{}\")]",
                            table.name));
      } else if (seen.isAmbiguous) {
        problem(
            part,
            fmt::format("it is ambiguous which row of {} is meant, as several references name one",
                        table.relation.name),
            "this is not supported yet: keep one of the references");
      }
    });
  }

  ExprPtr condition(std::string_view text, const ExprScope& scope, const std::string& part) {
    try {
      ExprPtr expr = bindCondition(text, scope);
      note(*expr, part);
      return expr;
    } catch (const SqlError& error) {
      loading_.problem(at_, part, error);
      return nullptr;
    }
  }

  void bindAll(const ExprScope& scope) {
    command_.rules.clear();
    command_.emits.clear();
    bindRules(scope);
    const auto emits = at_.command.getEmits();
    if (emits.size() > kMaxEmits) {
      problem("emits", fmt::format("there are more than {}", kMaxEmits), "split the command");
      return;
    }
    for (uint32_t i = 0; i < emits.size(); ++i)
      bindEmit(scope, fmt::format("emits[{}]", i), emits[i]);
  }

  void bindRules(const ExprScope& scope) {
    const auto rules = at_.command.getCheck();
    if (rules.size() > kMaxRules) {
      problem("check", fmt::format("there are more than {}", kMaxRules));
      return;
    }
    for (uint32_t i = 0; i < rules.size(); ++i) {
      const std::string part = fmt::format("check[{}]", i);
      CommandRule rule;
      rule.text = std::string(toView(rules[i].getThat()));
      rule.otherwise = std::string(toView(rules[i].getOtherwise()));
      if (rule.otherwise.empty()) rule.otherwise = "check failed: " + rule.text;
      if (trimmed(rule.text).empty()) {
        problem(part, "it has no condition", "that = \"…\"");
        continue;
      }
      rule.that = condition(rule.text, scope, part);
      if (!rule.that) continue;
      rule.needsTables = usesTables(*rule.that);
      command_.rules.push_back(std::move(rule));
    }
  }

  void bindEmit(const ExprScope& scope, const std::string& part, annotations::Emit::Reader emit) {
    const std::string name(toView(emit.getEvent()));
    const auto event = loading_.findEvent(name);
    if (!event) {
      std::vector<std::string_view> names;
      for (const EventType& e : loading_.events) names.push_back(e.name);
      problem(part, fmt::format("there is no event \"{}\"", name), didYouMean(name, names));
      return;
    }
    if (loading_.isBroken(name)) return;
    const EventType& type = loading_.events[*event];
    const std::vector<FillRule> rules(type.fields.size(), FillRule::nullable);
    const FillRequest request{&at_,      part, &command_.fields, &type.fields, command_.name,
                              type.name, rules};
    CommandEmit out;
    out.event = *event;
    out.fields =
        fillFields(loading_, request, emit.getSet(),
                   [&](std::string_view text, const Type& target, const std::string& place) {
                     ExprPtr expr = bindValue(text, scope, target);
                     note(*expr, place);
                     return expr;
                   });
    out.needsTables = std::ranges::any_of(out.fields, &FieldSource::needsTables);
    if (emit.getWhen().size() != 0) {
      out.when = condition(toView(emit.getWhen()), scope, part + ".when");
      out.needsTables = out.needsTables || (out.when && usesTables(*out.when));
    }
    out.same = isSame(out, type);
    command_.emits.push_back(std::move(out));
  }

  /// Whether the event's row is the command's row, byte for byte.
  bool isSame(const CommandEmit& emit, const EventType& event) const {
    if (command_.fields.size() != event.fields.size()) return false;
    for (uint32_t i = 0; i < event.fields.size(); ++i) {
      if (emit.fields[i].column != i || command_.fields[i].type != event.fields[i].type)
        return false;
    }
    return true;
  }

  void checkTables() {
    for (const Seen& seen : tables_) {
      const TableType& table = loading_.tables[seen.lookup.table];
      if (table.relation.name != command_.relation.name) continue;
      problem("",
              fmt::format("it has the same name in SQL as the table {}: {}", table.name,
                          table.relation.name),
              "rename the command");
    }
  }

  Loading& loading_;
  CommandType& command_;
  const Declaration& at_;
  std::vector<Seen> tables_;
};

}  // namespace

void loadCommands(Loading& loading) {
  for (size_t i = 0; i < loading.commands.size(); ++i) {
    CommandLoader(loading, loading.commands[i], *loading.commandFrom[i]).run();
  }
}

}  // namespace facet
