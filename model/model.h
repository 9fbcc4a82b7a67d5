// Model: what a user's folder of .capnp and .sql files means: typed tables, events, commands and
// views. Loaded once (load.h), immutable after, shared by everything. Nothing here knows the
// sample's names.
//
// Indexes are places in these vectors: events()[e], tables()[t], commands()[c], views()[v]. Event
// and table indexes are on disk (record.h): they are in the order of the struct's type ids, new
// ones go behind (see compatibility.h).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/bind.h"
#include "sql/relation.h"
#include "sql/select.h"
#include "values/composite.h"
#include "values/row.h"
#include "values/wire/wire_column.h"

namespace facet {

/// A field of a struct (groups and structs flattened), as a column.
struct Field {
  std::string name;   // in SQL: placed_on
  std::string field;  // in Cap'n Proto: placedOn, or address.city
  Type type;
  bool nullable = false;                // text, bytes, arrays, unions, and what has a nullValue
  bool isUnsigned = false;              // UInt64: see RelationColumn
  std::vector<std::string> enumerants;  // enum: the texts by number
  /// Whether a row that is too short for it (row.h) reads as what Cap'n Proto gives for a field
  /// that is not sent.
  bool plainDefault = true;
  std::optional<NullUnion> nullUnion;
  // List of structs: the fields of the struct, and the type of an element, which `type` points at.
  std::vector<Field> elements;
  std::shared_ptr<const Composite> composite;
};

/// A value that goes into a field: the command's or event's own field of that name, or an
/// expression of `set`.
struct FieldSource {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t column = kNone;  // passes by name: index in the source struct
  ExprPtr
      expr;  // set; relation 0: the source struct, then `references` of the command, or the table
  bool needsTables = false;  // expr looks at a table's columns
};

/// What an event does to a table.
struct TableWrite {
  enum class How : uint8_t { insert, upsert, update, erase } how = How::upsert;
  uint32_t table = 0;
  std::vector<FieldSource>
      columns;  // by the table's columns. update: kNone with no expr: unchanged; others: default
};

struct EventType {
  std::string name;     // OrderPlaced
  uint64_t typeId = 0;  // Cap'n Proto's
  std::vector<Field> fields;
  RowLayout layout;  // of the event's packed row: its fields in order of their ordinals
  std::vector<TableWrite> writes;
  Relation relation;  // kind event; without _position and _time (the binder adds them)
};

struct TableType {
  std::string name;
  uint64_t typeId = 0;
  std::vector<Field> fields;
  std::vector<uint32_t> key;  // columns of the key, in key order
  /// A table's row is two packed rows: the key's columns in key order, and all other columns in
  /// order.
  RowLayout keyLayout;
  RowLayout restLayout;
  /// Where each column is: in the key row or the rest row, and at which index.
  struct Place {
    bool inKey;
    uint32_t index;
  };
  std::vector<Place> places;
  Relation relation;
};

/// A table row that a command looks at.
struct Lookup {
  uint32_t table = 0;
  std::vector<uint32_t> keyFields;  // command fields, by the table's key columns
  bool required = false;            // a reference: no row rejects the command
  std::string field;                // the reference's field(s), for the rejection
};

struct CommandRule {
  ExprPtr that;      // relation 0: the command; relation i + 1: lookups[i]
  std::string text;  // as written
  std::string otherwise;
  bool needsTables = false;
};

struct CommandEmit {
  uint32_t event = 0;
  std::vector<FieldSource> fields;  // by the event's fields
  ExprPtr when;                     // or null
  bool needsTables = false;         // `when` or a field does
  bool same = false;  // the event's row is the command's row: no copying field by field
};

struct CommandType {
  std::string name;
  uint64_t typeId = 0;
  std::vector<Field> fields;
  RowLayout layout;
  std::vector<Lookup> lookups;
  std::vector<CommandRule> rules;
  std::vector<CommandEmit> emits;
  std::optional<uint32_t> stream;  // field
  Relation relation;
};

struct ViewIndex {
  std::vector<uint32_t> columns;  // output columns
  std::vector<bool> descending;
  std::vector<bool> nullsFirst;
  bool unique = false;
};

struct ViewType {
  std::string name;        // orders_by_region
  std::string structName;  // OrdersByRegion
  std::string file;        // the .sql file, and where in it the statement is
  int line = 1;
  std::string text;  // the SELECT as written
  Select select;
  /// Output columns of the key: the UNIQUE INDEX's, else the GROUP BY's if all are output columns.
  /// Empty with hasKey: one row (a global aggregate). Without hasKey the view is a bag.
  bool hasKey = false;
  std::vector<uint32_t> key;
  bool uniqueIndex = false;        // key comes from a UNIQUE INDEX
  std::vector<ViewIndex> indexes;  // the others
  Relation relation;               // kind view: output columns
  uint64_t rowTypeId = 0;
  uint64_t keyTypeId = 0;
};

struct ModelFile {
  std::string name;  // relative to the model's folder
  std::string content;
};

/// The Cap'n Proto side of the structs: model/codec.h.
class StructCodecs;

class Model : public Catalog {
 public:
  ~Model() override;

  const std::vector<ModelFile>& files() const { return files_; }
  /// XXH3-128 over names and contents, files in order of their names.
  uint128 hash() const { return hash_; }
  /// Id of the first .capnp file: type ids of views follow from it.
  uint64_t fileId() const { return fileId_; }

  const std::vector<EventType>& events() const { return events_; }
  const std::vector<TableType>& tables() const { return tables_; }
  const std::vector<CommandType>& commands() const { return commands_; }
  const std::vector<ViewType>& views() const { return views_; }
  const StructCodecs& codecs() const { return *codecs_; }

  const CommandType* findCommand(std::string_view structName) const;
  const ViewType* findView(std::string_view sqlName) const;
  const TableType* findTable(std::string_view sqlName) const;

  const Relation* findRelation(std::string_view name) const override;
  std::vector<std::string_view> relationNames() const override;

 private:
  friend class ModelLoader;
  Model();
  std::vector<ModelFile> files_;
  uint128 hash_ = 0;
  uint64_t fileId_ = 0;
  std::vector<EventType> events_;
  std::vector<TableType> tables_;
  std::vector<CommandType> commands_;
  std::vector<ViewType> views_;
  std::unique_ptr<StructCodecs> codecs_;
  std::map<std::string_view, const Relation*> relationByName_;
  std::map<std::string_view, uint32_t> commandByName_;
};

}  // namespace facet
