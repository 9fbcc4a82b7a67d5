// From SQL text to bound statements: parsing by PostgreSQL's own parser (libpg_query), then name
// and type resolution by PostgreSQL's rules. What the subset does not have is refused, naming the
// clause, its place and what to write instead. Thread: pure functions; errors are thrown as
// SqlError.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/relation.h"
#include "sql/select.h"

namespace facet {

/// Why a statement was refused. Line and column are 1-based; the column counts characters.
class SqlError : public std::runtime_error {
 public:
  SqlError(const std::string& message, std::string whatToWrite, int lineNumber, int columnNumber)
      : std::runtime_error(message),
        hint(std::move(whatToWrite)),
        line(lineNumber),
        column(columnNumber) {}
  std::string hint;  // what to write instead; may be empty
  int line;
  int column;
};

struct IndexColumn {
  std::string name;
  bool descending = false;
  bool nullsFirst = false;
};

/// A statement of a views file.
struct ViewStatement {
  enum class What { view, index } what = What::view;
  std::string name;                  // the view's, or the view that the index is on
  Select select;                     // what == view
  std::string selectText;            // the SELECT as written (for explain and schema)
  std::vector<IndexColumn> columns;  // what == index
  bool unique = false;
  int line = 1;
  int column = 1;
};

/// Parses a whole .sql file: CREATE MATERIALIZED VIEW and CREATE [UNIQUE] INDEX statements.
/// Statements that are right are returned, for the others an error is added (their place is in the
/// file): all errors of a file are shown at once. A view may not have the name of a relation in the
/// catalog.
std::vector<ViewStatement> bindViews(std::string_view text, const Catalog& catalog,
                                     std::vector<SqlError>& errors);

/// A parameter of a query, $1 is params[0]: a value of its type, or a text of unknown type
/// (Kind::text with `untyped`), that takes the type its place asks for, as a literal in quotes
/// does. NULL is Value::null().
struct Parameter {
  Type type;
  Value value;
  bool untyped = true;
};

/// Binds one SELECT over one relation (view or table) with WHERE, GROUP BY, aggregates, HAVING,
/// ORDER BY, LIMIT, OFFSET.
Select bindQuery(std::string_view text, const Catalog& catalog,
                 const std::vector<Parameter>& params);

/// Names for an expression in a command or event: `relations[0]`'s columns by bare name (or
/// qualified), the others' as table.column.
struct ExprScope {
  std::vector<const Relation*> relations;
};

/// Binds a condition (`check`, `when`, `--where`): its type is boolean.
ExprPtr bindCondition(std::string_view text, const ExprScope& scope);
/// Binds a value (`set`), cast to `target` by PostgreSQL's assignment rules.
ExprPtr bindValue(std::string_view text, const ExprScope& scope, const Type& target);
/// Binds an ORDER BY list as --order-by takes it: "revenue DESC, name".
std::vector<OrderItem> bindOrder(std::string_view text, const ExprScope& scope);

}  // namespace facet
