#include "cli/row_printer.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "cli/json_text.h"
#include "cli/table_text.h"
#include "values/text.h"

namespace facet {
namespace {

/// The names of columns as keys of an object. A query may have equal ones (count, count), of which
/// most readers of JSON would keep the last: the second is count_2, or the next that is free.
std::vector<std::string> distinctNames(const std::vector<PrintColumn>& columns) {
  std::set<std::string> taken;
  for (const PrintColumn& column : columns) taken.insert(column.name);
  std::set<std::string> seen;
  std::vector<std::string> out;
  for (const PrintColumn& column : columns) {
    std::string name = column.name;
    if (!seen.insert(name).second) {
      for (int n = 2; !taken.insert(name).second; ++n) name = column.name + "_" + std::to_string(n);
    }
    out.push_back(std::move(name));
  }
  return out;
}

class JsonPrinter final : public RowPrinter {
 public:
  JsonPrinter(const std::vector<PrintColumn>& columns, Output& out) : out_(out) {
    const std::vector<std::string> names = distinctNames(columns);
    for (const PrintColumn& column : columns) {
      std::string label = labels_.empty() ? "{" : ",";
      appendJsonString(label, names[labels_.size()]);
      labels_.push_back(label + ":");
      types_.push_back(column.type);
    }
  }

  void print(const std::vector<Value>& row) override {
    std::string& out = out_.buffer();
    if (labels_.empty()) out += '{';
    for (size_t c = 0; c < labels_.size(); ++c) {
      out += labels_[c];
      appendJson(out, types_[c], row[c]);
    }
    out += "}\n";
    out_.grown();
  }

  void finish() override { out_.flush(); }

 private:
  std::vector<std::string> labels_;
  std::vector<Type> types_;
  Output& out_;
};

/// COPY ... TO STDOUT (FORMAT csv, HEADER).
class CsvPrinter final : public RowPrinter {
 public:
  CsvPrinter(const std::vector<PrintColumn>& columns, Output& out)
      : out_(out), single_(columns.size() == 1) {
    for (const PrintColumn& column : columns) {
      if (!types_.empty()) out_.buffer() += ',';
      appendField(column.name);
      types_.push_back(column.type);
    }
    out_.buffer() += '\n';
  }

  void print(const std::vector<Value>& row) override {
    std::string& out = out_.buffer();
    for (size_t c = 0; c < types_.size(); ++c) {
      if (c > 0) out += ',';
      if (row[c].isNull()) continue;
      scratch_.clear();
      appendText(scratch_, types_[c], row[c]);
      appendField(scratch_);
    }
    out += '\n';
    out_.grown();
  }

  void finish() override { out_.flush(); }

 private:
  bool needsQuotes(std::string_view text) const {
    return text.empty() || text.find_first_of(",\"\n\r") != text.npos || (single_ && text == "\\.");
  }

  void appendField(std::string_view text) {
    std::string& out = out_.buffer();
    if (!needsQuotes(text)) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }

  Output& out_;
  const bool single_;
  std::vector<Type> types_;
  std::string scratch_;
};

/// Rows are held back until so many are there, so that the columns can be aligned; a longer list
/// goes on with the widths it has, and widens where it must.
constexpr size_t kAlignedRows = 10'000;

class TablePrinter final : public RowPrinter {
 public:
  TablePrinter(const std::vector<PrintColumn>& columns, Output& out) : out_(out) {
    std::vector<TableColumn> head;
    for (const PrintColumn& column : columns) {
      const bool right = column.type.isNumber();
      head.push_back({column.name, right ? TableColumn::Align::right : TableColumn::Align::left});
      types_.push_back(column.type);
    }
    table_.emplace(std::move(head));
  }

  void print(const std::vector<Value>& row) override {
    std::vector<std::string> cells;
    for (size_t c = 0; c < types_.size(); ++c) {
      cells.push_back(row[c].isNull() ? std::string() : toText(types_[c], row[c]));
    }
    table_->add(std::move(cells));
    if (table_->held() == kAlignedRows) writeHeld();
  }

  void finish() override {
    writeHeld();
    out_.flush();
  }

 private:
  void writeHeld() {
    table_->write(out_.buffer());
    out_.grown();
  }

  Output& out_;
  std::vector<Type> types_;
  std::optional<TableText> table_;
};

}  // namespace

std::unique_ptr<RowPrinter> makeRowPrinter(RowFormat format,
                                           const std::vector<PrintColumn>& columns, Output& out) {
  switch (format) {
    case RowFormat::csv:
      return std::make_unique<CsvPrinter>(columns, out);
    case RowFormat::json:
      return std::make_unique<JsonPrinter>(columns, out);
    case RowFormat::table:
      break;
  }
  return std::make_unique<TablePrinter>(columns, out);
}

}  // namespace facet
