// The program's version. Constant.
#pragma once

#include <string_view>

namespace facet {

constexpr std::string_view kVersion = FACET_VERSION;

}  // namespace facet
