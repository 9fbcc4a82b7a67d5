// What a file is that is no text of ours: told from its first bytes, so that it is refused once,
// with a way out, and not line by line. Thread: pure function.
#pragma once

#include <string>
#include <string_view>

namespace facet {

/// What a file is that begins with these bytes, and what to do: "it is UTF-16: …". Empty: it may be
/// text in UTF-8.
std::string foreignForm(std::string_view head);

}  // namespace facet
