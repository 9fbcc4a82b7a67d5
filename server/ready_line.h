// The line by which `facet serve` and `facet replica` say that they are ready (serve.h).
// Thread: pure functions.
#pragma once

#include <string>

#include "actors/node.h"

namespace facet {

/// `addresses`: that it serves on, with commas. Without the line's end.
std::string readyText(const std::string& addresses, const Node& node);
/// The same as a JSON object.
std::string readyJson(const std::string& addresses, const Node& node);

}  // namespace facet
