// Binds a views file, statement by statement, so that all its errors are found at once.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sql/bind.h"
#include "sql/bind_select.h"
#include "sql/closest_name.h"
#include "sql/lexer.h"
#include "sql/limits.h"

namespace facet {

namespace {

constexpr const char* kFileHint =
    "a views file has CREATE MATERIALIZED VIEW and CREATE [UNIQUE] INDEX statements";

struct Other {
  std::string_view kind;
  std::string_view message;
  std::string_view hint;
};
constexpr Other kOthers[] = {
    {"ViewStmt", "CREATE VIEW is not supported", "write CREATE MATERIALIZED VIEW"},
    {"CreateStmt", "CREATE TABLE is not supported",
     "tables and events are structs in the model's .capnp file"},
    {"SelectStmt", "a SELECT of its own is not supported in a views file",
     "write CREATE MATERIALIZED VIEW name AS SELECT ..."},
    {"InsertStmt", "INSERT is not supported", "rows are written by events: submit commands"},
    {"UpdateStmt", "UPDATE is not supported", "rows are written by events: submit commands"},
    {"DeleteStmt", "DELETE is not supported", "rows are written by events: submit commands"},
    {"RefreshMatViewStmt", "REFRESH is not needed: views are always current", "leave it out"},
};

std::string_view firstWord(const Source& source) {
  const Lexeme token = Lexer(source.text()).next();
  return std::string_view(source.text()).substr(token.start, token.length);
}

[[noreturn]] void failOtherStatement(const Source& source, const SyntaxNode& statement) {
  for (const Other& other : kOthers) {
    if (statement.is(other.kind)) {
      source.fail(-1, std::string(other.message), std::string(other.hint));
    }
  }
  source.fail(-1, fmt::format("{} is not supported in a views file", firstWord(source)), kFileHint);
}

/// The text after AS, without WITH DATA at the end.
std::string selectTextOf(const Source& source) {
  const std::string_view text = source.text();
  const size_t start = static_cast<size_t>(findWord(source, "as")) + 2;
  std::vector<Lexeme> tokens;
  Lexer lexer(text.substr(start));
  for (Lexeme t = lexer.next(); t.what != Lexeme::What::end; t = lexer.next()) tokens.push_back(t);
  const auto isWord = [&](const Lexeme& t, std::string_view word) {
    const std::string_view found = text.substr(start + t.start, t.length);
    return std::equal(found.begin(), found.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
  };
  const size_t count = tokens.size();
  if (count > 2 && isWord(tokens[count - 2], "with") && isWord(tokens[count - 1], "data")) {
    tokens.resize(count - 2);
  }
  const size_t from = tokens.front().start;
  const size_t to = tokens.back().start + tokens.back().length;
  return std::string(text.substr(start + from, to - from));
}

class ViewsBinder {
 public:
  ViewsBinder(const Catalog& catalog, std::vector<SqlError>& errors)
      : catalog_(catalog), errors_(errors) {}

  std::vector<ViewStatement> bind(std::string_view text) {
    for (const StatementSpan& span : splitStatements(text)) {
      const Source source(text, span.start, span.length);
      try {
        out_.push_back(bindStatement(source));
      } catch (const SqlError& error) {
        errors_.push_back(error);
      }
    }
    return std::move(out_);
  }

 private:
  ViewStatement bindStatement(const Source& source) {
    const ParseTree tree(source);
    const SyntaxNode statement = tree.statement();
    if (statement.is("CreateTableAsStmt")) return bindView(source, statement);
    if (statement.is("IndexStmt")) return bindIndex(source, statement);
    failOtherStatement(source, statement);
  }

  static ViewStatement begin(const Source& source, ViewStatement::What what,
                             std::string_view name) {
    ViewStatement out;
    out.what = what;
    out.name = name;
    out.line = source.line(-1);
    out.column = source.column(-1);
    return out;
  }

  static void checkViewOptions(const Source& source, const SyntaxNode& statement,
                               const SyntaxNode& into) {
    const int with = findWord(source, "with");
    if (statement.text("objtype") != "OBJECT_MATVIEW") {
      source.fail(-1, "CREATE TABLE AS is not supported", "write CREATE MATERIALIZED VIEW");
    }
    if (statement.flag("if_not_exists")) {
      source.fail(findWord(source, "if"), "IF NOT EXISTS is not supported",
                  "leave it out: a model states what there is");
    }
    if (into.flag("skipData")) {
      source.fail(with, "WITH NO DATA is not supported", "leave it out: views are always current");
    }
    if (into.has("options")) {
      source.fail(with, "storage options are not supported", "leave WITH (...) out");
    }
    if (into.has("tableSpaceName") || into.has("accessMethod")) {
      source.fail(-1, "USING and TABLESPACE are not supported", "leave them out");
    }
    if (!into.part("rel").text("schemaname").empty()) {
      source.fail(into.part("rel").location(), "schemas are not supported",
                  "leave the part before the point out");
    }
  }

  ViewStatement bindView(const Source& source, const SyntaxNode& statement) {
    const SyntaxNode into = statement.part("into");
    checkViewOptions(source, statement, into);
    const std::string_view name = into.part("rel").text("relname");
    if (isTaken(name)) {
      source.fail(into.part("rel").location(), fmt::format("relation \"{}\" already exists", name),
                  "give the view another name");
    }
    names_.emplace_back(name);
    ViewStatement out = begin(source, ViewStatement::What::view, name);
    SelectRules rules;
    rules.from.views = &names_;
    rules.columnNames = into.names("colNames");
    const SyntaxNode select = statement.child("query");
    if (!select.is("SelectStmt")) {
      source.fail(-1, fmt::format("{} is not supported as a view", select.kind()),
                  "write CREATE MATERIALIZED VIEW name AS SELECT ...");
    }
    out.select = bindSelect(source, catalog_, rules, select);
    out.selectText = selectTextOf(source);
    return out;
  }

  /// The names of the columns of the view that an index is on; nullopt if the view itself is wrong.
  std::optional<std::vector<std::string_view>> columnsOf(const Source& source,
                                                         const SyntaxNode& relation) const {
    const std::string_view name = relation.text("relname");
    std::vector<std::string_view> columns;
    for (const ViewStatement& view : out_) {
      if (view.what != ViewStatement::What::view || view.name != name) continue;
      for (const OutputColumn& output : view.select.outputs) columns.push_back(output.name);
      return columns;
    }
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return std::nullopt;
    const Relation* known = catalog_.findRelation(name);
    if (known == nullptr) {
      const std::vector<std::string_view> views(names_.begin(), names_.end());
      source.fail(relation.location(), fmt::format("relation \"{}\" does not exist", name),
                  didYouMean(name, views));
    }
    if (known->kind != RelationKind::view) {
      source.fail(relation.location(),
                  fmt::format("\"{}\" is not a view; indexes are for views", name),
                  "a table has its primary key");
    }
    for (const RelationColumn& column : known->columns) columns.push_back(column.name);
    return columns;
  }

  static void checkIndexOptions(const Source& source, const SyntaxNode& statement) {
    const auto refuse = [&](bool there, std::string_view what, std::string_view hint) {
      if (there) source.fail(-1, fmt::format("{} is not supported", what), std::string(hint));
    };
    const std::string_view method = statement.text("accessMethod");
    refuse(!method.empty() && method != "btree", fmt::format("USING {}", method), "leave it out");
    refuse(statement.has("whereClause"), "an index with WHERE", "index all rows");
    refuse(statement.has("indexIncludingParams"), "INCLUDE",
           "leave it out: an index leads to the whole row");
    refuse(statement.flag("if_not_exists"), "IF NOT EXISTS",
           "leave it out: a model states what there is");
    refuse(statement.flag("nulls_not_distinct"), "NULLS NOT DISTINCT", "leave it out");
    refuse(statement.flag("concurrent"), "CONCURRENTLY",
           "leave it out: views hydrate beside the rest");
    refuse(statement.has("options") || statement.has("tableSpace"), "an index option",
           "leave WITH and TABLESPACE out");
    refuse(!statement.part("relation").text("schemaname").empty(), "a schema",
           "leave the part before the point out");
  }

  /// Indexes, views, tables and events share one space of names.
  bool isTaken(std::string_view name) const {
    const auto in = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    return in(names_) || in(indexNames_) || catalog_.findRelation(name) != nullptr;
  }

  void takeIndexName(const Source& source, std::string_view name) {
    if (name.empty()) return;
    if (isTaken(name)) {
      source.fail(-1, fmt::format("relation \"{}\" already exists", name),
                  "give the index another name, or none");
    }
    indexNames_.emplace_back(name);
  }

  static IndexColumn indexColumn(const Source& source, const SyntaxNode& element) {
    if (element.has("expr")) {
      source.fail(-1, "an index on an expression is not supported",
                  "make the expression a column of the view, and index that");
    }
    const auto collation = element.names("collation");
    if (!collation.empty() && collation.back() != "C") {
      source.fail(-1, fmt::format("collation \"{}\" is not supported", collation.back()),
                  "text compares by bytes: COLLATE \"C\"");
    }
    if (element.has("opclass")) {
      source.fail(-1, "operator classes are not supported", "leave it out");
    }
    IndexColumn column;
    column.name = element.text("name");
    column.descending = element.text("ordering") == "SORTBY_DESC";
    const std::string_view nulls = element.text("nulls_ordering");
    column.nullsFirst =
        nulls == "SORTBY_NULLS_DEFAULT" ? column.descending : nulls == "SORTBY_NULLS_FIRST";
    return column;
  }

  ViewStatement bindIndex(const Source& source, const SyntaxNode& statement) {
    checkIndexOptions(source, statement);
    const SyntaxNode relation = statement.part("relation");
    ViewStatement out = begin(source, ViewStatement::What::index, relation.text("relname"));
    out.unique = statement.flag("unique");
    takeIndexName(source, statement.text("idxname"));
    const auto known = columnsOf(source, relation);
    for (const SyntaxNode& element : statement.children("indexParams")) {
      IndexColumn column = indexColumn(source, element);
      const std::string_view name = column.name;
      if (known && std::find(known->begin(), known->end(), name) == known->end()) {
        source.fail(-1, fmt::format("column \"{}\" does not exist", name),
                    didYouMean(name, *known));
      }
      const auto same = [&](const IndexColumn& c) { return c.name == name; };
      if (std::any_of(out.columns.begin(), out.columns.end(), same)) {
        source.fail(-1, fmt::format("column \"{}\" is twice in the index", name), "name it once");
      }
      out.columns.push_back(std::move(column));
    }
    return out;
  }

  const Catalog& catalog_;
  std::vector<SqlError>& errors_;
  std::vector<ViewStatement> out_;
  std::vector<std::string> names_;  // of all views so far, right or wrong
  std::vector<std::string> indexNames_;
};

}  // namespace

std::vector<ViewStatement> bindViews(std::string_view text, const Catalog& catalog,
                                     std::vector<SqlError>& errors) {
  if (text.size() > kMaxFileBytes) {
    errors.emplace_back(fmt::format("the file is longer than {} bytes", kMaxFileBytes),
                        "split it into several", 1, 1);
    return {};
  }
  return ViewsBinder(catalog, errors).bind(text);
}

}  // namespace facet
