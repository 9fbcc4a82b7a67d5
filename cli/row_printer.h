// RowPrinter: rows as people and programs want them: an aligned table (as psql prints it), CSV (as
// PostgreSQL's COPY ... CSV HEADER prints it), or a JSON object a line. Thread: main.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/output.h"
#include "values/value.h"

namespace facet {

enum class RowFormat : uint8_t { table, csv, json };

struct PrintColumn {
  std::string name;
  Type type;
};

class RowPrinter {
 public:
  virtual ~RowPrinter() = default;
  /// A row by the columns.
  virtual void print(const std::vector<Value>& row) = 0;
  /// After the last row. Then everything is written.
  virtual void finish() = 0;
};

std::unique_ptr<RowPrinter> makeRowPrinter(RowFormat format,
                                           const std::vector<PrintColumn>& columns, Output& out);

}  // namespace facet
