// The vocabulary of the tests of backup and restore. Owned by one thread.
#pragma once

#include <map>
#include <string>

#include "tests/system/server.h"

namespace facet::system_test {

using Digests = std::map<std::string, std::string>;

/// `facet backup`, and `facet restore`, which are expected to succeed: their results.
Json backUp(const Server& server, const fs::path& folder);
Json restore(const fs::path& from, const fs::path& data, const Words& more = {});
/// The same, however they end.
Ended tryToRestore(const fs::path& from, const fs::path& data, const Words& more = {});

/// The digests of views and tables in a restore's result.
Digests digestsOf(const Json& restored);

/// Flips a bit of the text, wherever it is in the file. Requires that it is there.
void damage(const fs::path& file, const std::string& text);
/// Flips a bit at a place; or many bits of the file's middle, so that some are of what is read.
/// Once more: it is as it was.
void damageAt(const fs::path& file, size_t place);
void damageMiddle(const fs::path& file);

/// Ended with this exit code, and said this.
void checkRefused(const Ended& ended, int code, const std::string& said);

}  // namespace facet::system_test
