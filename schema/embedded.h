// The text of schema/model.capnp, and of Cap'n Proto's own c++.capnp, embedded in the program: what
// a model's imports
// "/facet/model.capnp" and "/capnp/c++.capnp" find, whatever is installed on the machine. Thread:
// constants.
#pragma once

#include <string_view>

namespace facet {

extern const std::string_view kModelCapnp;
extern const std::string_view kCxxCapnp;

}  // namespace facet
