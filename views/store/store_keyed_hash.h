// A hash under a secret key of this process (SipHash-1-3, J.-P. Aumasson and D. J. Bernstein,
// 2012): for keys whose ordinary hashes are equal, by accident or because a client picked them so.
// It places them in memory only: nothing that leaves the process depends on it. Thread: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace facet {

uint64_t keyedHash(std::string_view bytes);

}  // namespace facet
