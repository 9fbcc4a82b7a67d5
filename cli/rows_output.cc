#include "cli/rows_output.h"

#include <fmt/format.h>

#include <cstdio>

namespace facet {

void FormatFlags::declareJson(Arguments& take) {
  take.flag("--json", json, "a JSON object a line; exact numbers and 64-bit integers as strings");
}

void FormatFlags::declareCsv(Arguments& take) {
  take.flag("--csv", csv, "CSV with a heading, as PostgreSQL's COPY prints it");
  take.exclude("--csv", "--json");
}

RowFormat FormatFlags::format() const {
  if (json) return RowFormat::json;
  return csv ? RowFormat::csv : RowFormat::table;
}

capnp::List<capnp::AnyStruct>::Reader structsOf(capnp::AnyPointer::Reader rows) {
  if (rows.isNull()) return {};
  const auto list = rows.getAs<capnp::AnyList>();
  return list.as<capnp::List<capnp::AnyStruct>>();
}

namespace {

std::vector<PrintColumn> printColumns(const std::vector<ColumnShape>& columns) {
  std::vector<PrintColumn> out;
  out.reserve(columns.size());
  for (const ColumnShape& column : columns) out.push_back({column.name, column.type});
  return out;
}

}  // namespace

RowsOutput::RowsOutput(const std::vector<ColumnShape>& columns, RowFormat format, Output& out)
    : reader_(columns),
      format_(format),
      printer_(makeRowPrinter(format, printColumns(columns), out)) {}

void RowsOutput::print(capnp::AnyStruct::Reader row) {
  printer_->print(reader_.read(row));
  ++rows_;
}

void RowsOutput::printAll(capnp::AnyPointer::Reader rows) {
  for (const auto row : structsOf(rows)) print(row);
}

void RowsOutput::finish() {
  printer_->finish();
  if (format_ == RowFormat::table) fmt::print(stderr, "({} row{})\n", rows_, rows_ == 1 ? "" : "s");
}

}  // namespace facet
