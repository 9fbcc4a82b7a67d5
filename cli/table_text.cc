#include "cli/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "values/text.h"

namespace facet {
namespace {

bool isControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

}  // namespace

std::string printableText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!isControl(c)) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

TableText::TableText(std::vector<TableColumn> columns) : columns_(std::move(columns)) {
  for (const TableColumn& column : columns_) widths_.push_back(textLength(column.name));
}

void TableText::add(std::vector<std::string> cells) {
  for (size_t c = 0; c < cells.size(); ++c) {
    if (std::any_of(cells[c].begin(), cells[c].end(), isControl)) {
      cells[c] = printableText(cells[c]);
    }
    widths_[c] = std::max(widths_[c], textLength(cells[c]));
  }
  rows_.push_back(std::move(cells));
}

void TableText::write(std::string& out) {
  if (!headed_) writeHeading(out);
  headed_ = true;
  for (const auto& row : rows_) writeRow(out, row);
  rows_.clear();
}

void TableText::writeHeading(std::string& out) const {
  for (size_t c = 0; c < columns_.size(); ++c) {
    const size_t spaces = widths_[c] - textLength(columns_[c].name);
    out += c == 0 ? " " : "| ";
    out += std::string(spaces / 2, ' ') + columns_[c].name;
    out += std::string(spaces - spaces / 2, ' ') + (c + 1 < columns_.size() ? " " : "");
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (c > 0) out += '+';
    out += std::string(widths_[c] + 2, '-');
  }
  out += '\n';
}

void TableText::writeRow(std::string& out, const std::vector<std::string>& cells) const {
  for (size_t c = 0; c < cells.size(); ++c) {
    const std::string padding(widths_[c] - textLength(cells[c]), ' ');
    const bool last = c + 1 == cells.size();
    out += c == 0 ? " " : "| ";
    if (columns_[c].align == TableColumn::Align::right) {
      out += padding + cells[c];
    } else {
      out += cells[c];
      if (!last) out += padding;
    }
    if (!last) out += ' ';
  }
  out += '\n';
}

std::string sizeText(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, kUnits[unit]);
}

}  // namespace facet
