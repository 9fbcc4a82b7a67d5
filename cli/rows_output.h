// RowsOutput: rows of a reply, printed as the flags --json and --csv say. Thread: main.
#pragma once

#include <capnp/any.h>

#include <memory>
#include <vector>

#include "cli/arguments.h"
#include "cli/row_printer.h"
#include "client/rows.h"

namespace facet {

struct FormatFlags {
  bool json = false;
  bool csv = false;

  void declareJson(Arguments& take);
  void declareCsv(Arguments& take);
  RowFormat format() const;
};

class RowsOutput {
 public:
  RowsOutput(const std::vector<ColumnShape>& columns, RowFormat format, Output& out);

  void print(capnp::AnyStruct::Reader row);
  /// All rows of a reply: a list of structs.
  void printAll(capnp::AnyPointer::Reader rows);
  /// Writes what is left, and tells how many rows there were.
  void finish();

 private:
  RowReader reader_;
  const RowFormat format_;
  std::unique_ptr<RowPrinter> printer_;
  uint64_t rows_ = 0;
};

/// The list of structs that a reply carries.
capnp::List<capnp::AnyStruct>::Reader structsOf(capnp::AnyPointer::Reader rows);

}  // namespace facet
