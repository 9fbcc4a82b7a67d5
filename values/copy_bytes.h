// copyBytes: memcpy for what may be nothing: then the pointers may be null. Thread: pure.
#pragma once

#include <cstddef>
#include <cstring>

namespace facet {

inline void copyBytes(void* to, const void* from, size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

}  // namespace facet
