// The parse tree that PostgreSQL's own parser gives (libpg_query's JSON), and a view of its nodes
// that hides the JSON's habits: fields that are zero, false or empty are left out. Thread: a
// ParseTree belongs to its owner; libpg_query keeps its state by thread.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sql/source.h"

namespace facet {

/// One node, {"ColumnRef": {…}}, or an untagged part of one. Points into its ParseTree. A missing
/// field gives an empty node, which is false.
class SyntaxNode {
 public:
  using Json = nlohmann::json;

  SyntaxNode() = default;
  /// The node in a tagged object.
  static SyntaxNode tagged(const Json& json);
  /// A part whose kind its field implies ("alias", "typeName").
  static SyntaxNode untagged(const Json& json);

  explicit operator bool() const { return body_ != nullptr; }
  /// PostgreSQL's name of the node: "ColumnRef".
  std::string_view kind() const { return kind_; }
  bool is(std::string_view kind) const { return kind_ == kind; }

  bool has(const char* field) const;
  SyntaxNode child(const char* field) const;  // tagged
  SyntaxNode part(const char* field) const;   // untagged
  std::vector<SyntaxNode> children(const char* field) const;
  std::string_view text(const char* field) const;
  int64_t number(const char* field) const;
  bool flag(const char* field) const;
  /// The strings of a list of String nodes; a star gives "*".
  std::vector<std::string_view> names(const char* field) const;
  /// Byte offset in the statement, -1 where PostgreSQL has none.
  int location() const { return static_cast<int>(number("location")); }
  /// The first place that the node or what is in it has: for nodes that have none of their own. -1:
  /// none.
  int firstLocation() const;

 private:
  SyntaxNode(std::string_view kind, const Json* body) : kind_(kind), body_(body) {}
  const Json* find(const char* field) const;

  std::string_view kind_;
  const Json* body_ = nullptr;
};

/// The value of an A_Const that has an `ival`. libpg_query's JSON leaves negative ones out
/// (15-4.0), so these are read from the text.
int64_t integerConstant(const Source& source, const SyntaxNode& constant);

class ParseTree {
 public:
  /// Parses one statement. Throws SqlError with PostgreSQL's message and place.
  explicit ParseTree(const Source& source);
  /// The statement's node; empty if the text has none.
  SyntaxNode statement() const;
  size_t statementCount() const;

 private:
  std::shared_ptr<const nlohmann::json> json_;
};

}  // namespace facet
