# Headers of others, compiled once for many sources: most of a source's time is theirs. A set belongs to a
# kind of room, and has what all of these may include; no room's headers are in it, so that rooms stay
# apart (tests/rooms). Sources include what they use as if there were no sets: what they forget,
# `./dev lint` finds, which compiles without.
#
# facet_use_headers(TARGET SET): the target's sources find the headers of that set compiled.
option(FACET_PCH "Compile the headers of others once" OFF)

# ccache looks into such a set, and not at the time when it was made; it remembers what is in it, which would
# take a fifth of a second for each source.
if(FACET_PCH AND "${CMAKE_CXX_COMPILER_LAUNCHER}" MATCHES "(^|/)ccache$")
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_INODECACHE=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

set(headers_std
    <algorithm> <array> <atomic> <bit> <charconv> <chrono> <cmath> <condition_variable> <cstdint> <cstdio>
    <cstdlib> <cstring> <deque> <filesystem> <functional> <limits> <list> <map> <memory> <mutex> <optional>
    <set> <span> <stdexcept> <string> <string_view> <unordered_map> <utility> <vector>
    <fmt/format.h>)
# Cap'n Proto's messages and schemas, without an event loop.
set(headers_wire ${headers_std}
    <capnp/any.h> <capnp/dynamic.h> <capnp/generated-header-support.h> <capnp/message.h> <capnp/schema.h>
    <capnp/serialize.h> <kj/debug.h>)
# What speaks with a node, and so may include its interface.
set(headers_rpc ${headers_wire}
    <capnp/capability.h> <capnp/rpc-twoparty.h> <kj/async-io.h> <kj/async-unix.h> <kj/refcount.h>
    <schema/facet.capnp.h>)
# Tests that compute, and those that wait for the whole program (facet_target.cmake).
set(headers_test ${headers_wire}
    <fstream> <iostream> <random> <sstream> <thread> <boost/test/unit_test.hpp>)
set(headers_program ${headers_std}
    <fstream> <iostream> <random> <sstream> <thread> <boost/test/unit_test.hpp> <nlohmann/json.hpp>)

# facet_headers(SET USES...): compiles the set, with the options that its users are compiled with.
function(facet_headers SET)
  if(NOT FACET_PCH)
    return()
  endif()
  set(source ${CMAKE_BINARY_DIR}/generated/headers_${SET}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(facet_headers_${SET} STATIC ${source})
  target_link_libraries(facet_headers_${SET} PRIVATE ${ARGN} facet_options)
  target_precompile_headers(facet_headers_${SET} PRIVATE ${headers_${SET}})
endfunction()

function(facet_use_headers TARGET SET)
  if(FACET_PCH)
    target_precompile_headers(${TARGET} REUSE_FROM facet_headers_${SET})
    if(NOT SET STREQUAL std)
      # g++ 12 forgets that what it inlines from such a set is the system's, and dislikes what KJ does there.
      target_compile_options(${TARGET} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
    endif()
  endif()
endfunction()
