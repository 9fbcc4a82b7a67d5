// Names: between Cap'n Proto's (placedOn, OrderPlaced) and SQL's (placed_on, order_placed). Thread:
// pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace facet {

/// placedOn → placed_on, URLPath → url_path, line2 → line2, address.city → address_city.
std::string snakeCase(std::string_view name);

/// placed_on → placedOn, and with `upperFirst` → PlacedOn.
enum class FirstLetter { lower, upper };
std::string camelCase(std::string_view sqlName, FirstLetter first);

/// Why PostgreSQL would not take it as the name of a table or column without quotes ("is a reserved
/// word in SQL"); empty if it does.
std::string sqlNameProblem(std::string_view name);

/// Whether a struct of that name would hide one of Cap'n Proto's own types, or facet's annotations,
/// in the schema that clients get.
bool hidesCapnpType(std::string_view structName);

/// 'did you mean "total"?' if one of the candidates is near; else empty.
std::string didYouMean(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace facet
