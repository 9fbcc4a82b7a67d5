// TableText: an aligned table for people, as psql prints one. Control characters in cells are shown
// as escapes, so that data can't write to a terminal what it likes. Thread: value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

struct TableColumn {
  enum class Align : uint8_t { left, right };
  std::string name;
  Align align = Align::left;
};

class TableText {
 public:
  explicit TableText(std::vector<TableColumn> columns);

  void add(std::vector<std::string> cells);
  size_t held() const { return rows_.size(); }
  /// Appends the heading, if it has not been written yet, and the rows that are held; then none
  /// are.
  void write(std::string& out);

 private:
  void writeHeading(std::string& out) const;
  void writeRow(std::string& out, const std::vector<std::string>& cells) const;

  std::vector<TableColumn> columns_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool headed_ = false;
};

/// "1.5 MB".
std::string sizeText(uint64_t bytes);

/// Control characters as \n, \t, \x1b.
std::string printableText(std::string_view text);

}  // namespace facet
