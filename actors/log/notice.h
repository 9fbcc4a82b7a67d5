// Notice: who gets lines for the operator: something was set aside, or could not be done; the node
// goes on. Thread: called by any; must be quick, must not throw.
#pragma once

#include <functional>
#include <string>

namespace facet {

using Notice = std::function<void(const std::string& line)>;

}  // namespace facet
