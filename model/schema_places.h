// SchemaPlaces: where the structs of a .capnp file, their fields, and the parts of their
// annotations stand in its text. Cap'n Proto's parser knows, and does not tell. It reads only what
// that parser has accepted. Internal to model/. Thread: immutable.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace facet {

class SchemaPlaces {
 public:
  /// `content` outlives it.
  explicit SchemaPlaces(std::string_view content);

  /// Line and column, from 1, of a part such as "Orders", "Orders.home.total", "Orders.key[0]" or
  /// "PlaceOrder.emits[0].set[1]"; of what is around it where that is all there is. {0, 0}:
  /// unknown.
  std::pair<int, int> find(std::string_view part) const;

  /// The same inside of the expression that the part has as its text: at its own line and column.
  std::pair<int, int> findInExpression(std::string_view part, int line, int column) const;

 private:
  class Reader;

  std::string_view content_;
  std::map<std::string, size_t, std::less<>> starts_;  // byte, by part
};

/// Line and column (in characters) of a byte, both from 1.
std::pair<int, int> lineAndColumn(std::string_view content, size_t byte);

}  // namespace facet
