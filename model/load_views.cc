// The .sql files: views, their keys and their indexes.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/composites.h"
#include "model/limits.h"
#include "model/loading.h"
#include "model/names.h"
#include "model/row_structs.h"
#include "model/type_ids.h"
#include "values/assert.h"

namespace facet {
namespace {

/// Where a statement is.
struct Place {
  std::string file;
  int line;
  int column;
};

/// A name that a column can have, after one that it can't have.
std::string plainName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (c >= '0' && c <= '9' && !out.empty())) {
      out += letter ? static_cast<char>(c | 0x20) : c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "another_name" : out.substr(0, kMaxSqlName);
}

std::vector<uint32_t> groupKey(const Select& select, bool& hasKey) {
  std::vector<uint32_t> key;
  hasKey = false;
  if (!select.aggregated) return key;
  for (uint32_t group = 0; group < select.groupBy.size(); ++group) {
    if (select.groupBy[group]->op == Op::constant) continue;
    const auto output = std::ranges::find_if(select.outputs, [group](const OutputColumn& o) {
      return o.expr->op == Op::groupColumn && o.expr->column == group;
    });
    if (output == select.outputs.end()) return {};
    key.push_back(static_cast<uint32_t>(output - select.outputs.begin()));
  }
  hasKey = true;
  return key;
}

class ViewLoader {
 public:
  explicit ViewLoader(Loading& loading) : loading_(loading) {}

  void read(const ModelFile& file) {
    std::vector<SqlError> errors;
    std::vector<ViewStatement> statements;
    try {
      statements = bindViews(file.content, loading_, errors);
    } catch (const SqlError& error) {
      errors.push_back(error);
    }
    for (const SqlError& error : errors) {
      loading_.problems.push_back(
          {file.name, error.line, error.column, "", error.what(), error.hint});
    }
    for (const ViewStatement& statement : statements) {
      const Place at{file.name, statement.line, statement.column};
      if (statement.what == ViewStatement::What::view) {
        addView(at, statement);
      } else {
        addIndex(at, statement);
      }
    }
  }

  void finish() {
    for (size_t i = 0; i < loading_.views.size(); ++i) finishView(i);
    checkTypeNames();
    checkStructNames();
  }

 private:
  void problem(const Place& at, std::string message, std::string advice = {}) {
    loading_.problems.push_back(
        {at.file, at.line, at.column, "", std::move(message), std::move(advice)});
  }

  void addView(const Place& at, const ViewStatement& statement) {
    const std::string why = sqlNameProblem(statement.name);
    if (!why.empty()) {
      problem(at, fmt::format("the view's name, \"{}\", {}", statement.name, why),
              "give it another name");
      return;
    }
    if (loading_.views.size() == kMaxViews) {
      problem(at, fmt::format("the model has more than {} views", kMaxViews),
              "split it into several models");
      return;
    }
    ViewType view;
    view.name = statement.name;
    view.structName = camelCase(statement.name, FirstLetter::upper);
    view.file = at.file;
    view.line = statement.line;
    view.text = statement.selectText;
    view.select = statement.select;
    view.relation.kind = RelationKind::view;
    view.relation.name = statement.name;
    view.relation.index = static_cast<uint32_t>(loading_.views.size());
    for (const OutputColumn& output : statement.select.outputs) {
      view.relation.columns.push_back(columnOf(statement.select, output));
    }
    placeOf_.push_back(at);
    checkColumns(at, view);
    loading_.views.push_back(std::move(view));
  }

  /// Columns need names that can be those of Cap'n Proto fields too.
  void checkColumns(const Place& at, const ViewType& view) {
    std::map<std::string, std::string, std::less<>> fields;  // and which column took it
    for (const RelationColumn& column : view.relation.columns) {
      const std::string bare =
          column.name.substr(std::min(column.name.find_first_not_of('_'), column.name.size()));
      const std::string why = sqlNameProblem(bare);
      if (!why.empty() && why.find("reserved") == std::string::npos) {
        problem(at,
                fmt::format("view \"{}\": the column name \"{}\" {}", view.name, column.name, why),
                fmt::format("give it a name of small letters, digits and _: ... AS {}",
                            plainName(column.name)));
        continue;
      }
      const WireColumn wire = wireColumn(column);
      takeField(at, view, fields, rowField(wire, view.structName), column.name);
      if (hasNullField(wire)) takeField(at, view, fields, nullField(wire), column.name);
    }
  }

  void takeField(const Place& at, const ViewType& view,
                 std::map<std::string, std::string, std::less<>>& fields, const std::string& field,
                 const std::string& column) {
    const auto [taken, isNew] = fields.emplace(field, column);
    if (isNew) return;
    problem(at,
            fmt::format(
                "view \"{}\": the columns \"{}\" and \"{}\" have the same name in Cap'n Proto: {}",
                view.name, taken->second, column, field),
            "name one of them differently with AS");
  }

  /// PostgreSQL has views and composite types in one space of names.
  void checkTypeNames() {
    const Composites composites = compositesOf(loading_.tables, loading_.events);
    for (size_t i = 0; i < loading_.views.size(); ++i) {
      const std::string& name = loading_.views[i].name;
      if (!composites.contains(name)) continue;
      problem(
          placeOf_[i],
          fmt::format("view \"{}\" has the name of a type: that of the elements of a list", name),
          "give it another name");
    }
  }

  ViewType* find(std::string_view name) {
    const auto found = std::ranges::find(loading_.views, name, &ViewType::name);
    return found == loading_.views.end() ? nullptr : &*found;
  }

  void addIndex(const Place& at, const ViewStatement& statement) {
    ViewType* view = find(statement.name);
    if (view == nullptr) return;  // it was refused itself
    ViewIndex index;
    index.unique = statement.unique;
    for (const IndexColumn& column : statement.columns) {
      const auto found = view->relation.findColumn(column.name);
      FACET_ASSERT(found, statement.name, column.name);  // the binder has looked
      index.columns.push_back(*found);
      index.descending.push_back(column.descending);
      index.nullsFirst.push_back(column.nullsFirst);
    }
    if (!index.unique) {
      view->indexes.push_back(std::move(index));
    } else if (view->uniqueIndex) {
      problem(
          at,
          fmt::format("view \"{}\" has a UNIQUE INDEX already: a second one is not supported yet",
                      view->name),
          "make it CREATE INDEX");
    } else {
      takeKey(at, *view, index);
    }
  }

  void takeKey(const Place& at, ViewType& view, const ViewIndex& index) {
    for (const uint32_t column : index.columns) {
      const RelationColumn& c = view.relation.columns[column];
      if (c.type.kind == Kind::array) {
        problem(at, fmt::format("column \"{}\" is an array, which cannot be in a key", c.name),
                "use CREATE INDEX, or other columns");
        return;
      }
      if (c.nullable && !view.select.aggregated) {
        problem(
            at,
            fmt::format(
                "column \"{}\" can be NULL, and rows with NULLs in a UNIQUE INDEX are not unique",
                c.name),
            fmt::format("add WHERE {} IS NOT NULL to the view, or use coalesce", c.name));
        return;
      }
    }
    view.uniqueIndex = true;
    view.hasKey = true;
    view.key = index.columns;
  }

  /// What follows from all of a view's statements.
  void finishView(size_t i) {
    ViewType& view = loading_.views[i];
    if (!view.uniqueIndex) view.key = groupKey(view.select, view.hasKey);
    const auto isArray = [&](uint32_t c) {
      return view.relation.columns[c].type.kind == Kind::array;
    };
    if (std::ranges::any_of(view.key, isArray)) {
      problem(
          placeOf_[i],
          fmt::format("view \"{}\" is grouped by an array, which cannot be in a key", view.name),
          "group by other columns, or by a text made of it");
    }
    view.relation.key = view.key;
    view.rowTypeId = rowTypeId(loading_.fileId, view.relation, RowPart::row);
    if (view.hasKey) view.keyTypeId = rowTypeId(loading_.fileId, view.relation, RowPart::key);
  }

  /// The structs that `facet schema --capnp` gives must not have the same name.
  void checkStructNames() {
    std::map<std::string, std::string, std::less<>> taken;
    for (const TableType& table : loading_.tables) {
      taken.emplace(rowStructName(table), table.name);
      taken.emplace(keyStructName(table), table.name);
    }
    for (const auto& [name, composite] : compositesOf(loading_.tables, loading_.events))
      taken.emplace(structName(*composite), composite->name());
    for (size_t i = 0; i < loading_.views.size(); ++i) {
      const ViewType& view = loading_.views[i];
      if (hidesCapnpType(view.structName)) {
        problem(
            placeOf_[i],
            fmt::format("view \"{}\": its struct, {}, would hide Cap'n Proto's type of that name",
                        view.name, view.structName),
            "give it another name");
      }
      for (const std::string& name : {view.structName, view.structName + "Key"}) {
        const auto [at, isNew] = taken.emplace(name, view.name);
        if (isNew) continue;
        problem(placeOf_[i],
                fmt::format(
                    "view \"{}\": its struct in Cap'n Proto, {}, has the same name as one of {}",
                    view.name, name, at->second),
                "give it another name");
      }
    }
  }

  Loading& loading_;
  std::vector<Place> placeOf_;  // by view
};

}  // namespace

void loadViews(const std::vector<ModelFile>& files, Loading& loading) {
  ViewLoader loader(loading);
  for (const ModelFile& file : files) {
    if (file.name.ends_with(".sql") && file.name.find('/') == std::string::npos) loader.read(file);
  }
  loader.finish();
}

}  // namespace facet
