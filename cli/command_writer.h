// CommandWriter: records as structs of a command, by its description. A text that its field can't
// hold exactly is a problem with the record, never a changed value. Thread: owner.
#pragma once

#include <capnp/any.h>

#include <string>
#include <string_view>
#include <vector>

#include "cli/record_source.h"
#include "client/rows.h"

namespace facet {

/// Checks a text for a field beyond what writeField (client/rows.h) does: it would round a decimal
/// that has more digits than the field's scale. Returns what is wrong, empty if nothing is.
std::string exactnessProblem(const Type& type, std::string_view text);

/// Writes a field, from its input text; nothing: NULL. Returns what is wrong: `"total": "x" is not
/// of type bigint`.
std::string writeChecked(const ColumnShape& column, std::optional<std::string_view> text,
                         capnp::AnyStruct::Builder out);

/// Records kept as texts until there are enough for a batch: only then is its size known.
class StagedRecords {
 public:
  /// `expected`: the version of the command's stream; -1: any.
  void add(uint64_t number, uint64_t line, const std::vector<Cell>& cells, int64_t expected = -1);
  void clear();
  size_t size() const { return records_.size(); }
  size_t bytes() const { return text_.size(); }
  uint64_t number(size_t record) const { return records_[record].number; }
  uint64_t line(size_t record) const { return records_[record].line; }
  int64_t expected(size_t record) const { return records_[record].expected; }
  /// Bytes of the texts of the records from `begin` to before `end`.
  size_t bytes(size_t begin, size_t end) const;

  /// Writes a record into a new struct. Returns what is wrong.
  std::string write(size_t record, const StructShape& command, capnp::AnyStruct::Builder out) const;

 private:
  static constexpr uint32_t kNull = UINT32_MAX;
  struct StagedCell {
    uint32_t column;
    uint32_t size;  // kNull: NULL
    size_t text;    // in text_
  };
  struct Record {
    uint64_t number;
    uint64_t line;
    int64_t expected;
    size_t firstCell;
    size_t firstText;
  };
  std::string text_;
  std::vector<StagedCell> cells_;
  std::vector<Record> records_;
};

}  // namespace facet
