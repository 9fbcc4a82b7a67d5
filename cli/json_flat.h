// JSON as texts: what a JSON object or array says, flat, with numbers as they are written (so that
// none passes through a float) and lists as PostgreSQL's array texts, but for lists of objects,
// whose form only their struct gives. Thread: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

struct JsonCell {
  std::string path;                 // "orderId", or "address.city"
  std::optional<std::string> text;  // nothing: null
  bool isList = false;
  /// A list of objects: the cells of each. Then there is no text.
  std::vector<std::vector<JsonCell>> objects;
};

/// The cells of an object; nested objects are flat. Returns what is wrong with it, empty if nothing
/// is.
std::string flattenJson(std::string_view object, std::vector<JsonCell>& out);

/// The elements of an array of scalars. Returns as above.
std::string readJsonArray(std::string_view array, std::vector<std::optional<std::string>>& out);

}  // namespace facet
