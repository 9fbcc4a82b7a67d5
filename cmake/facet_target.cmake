# facet_library(NAME SOURCES... USES... [HEADERS SET]): one room is one static library, `facet_NAME`; USES
# lists every library that it may include, SET is what it finds compiled (facet_headers.cmake).
# facet_test(NAME [WAITS] SOURCES... USES...): one Boost.Test program, which either computes, or WAITS for
# the whole program. facet_test_library(NAME [WAITS] SOURCES... USES...): what several of them share.
include(facet_room)
include(facet_headers)

set(FACET_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
    -Wnull-dereference -Wextra-semi -Wimplicit-fallthrough -Werror)

add_library(facet_options INTERFACE)
target_compile_options(
  facet_options
  INTERFACE ${FACET_WARNINGS}
            # KJ's macros are expressions of statements, which only clang calls out in user code.
            $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>)
find_package(Threads REQUIRED)
target_link_libraries(facet_options INTERFACE Threads::Threads)
if(FACET_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(facet_options INTERFACE -fpch-preprocess)  # for ccache
endif()

set(FACET_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")
if(FACET_SANITIZE)
  include(sanitizers)
endif()
option(FACET_COVERAGE "Instrument for gcov" OFF)
if(FACET_COVERAGE)
  target_compile_options(facet_options INTERFACE --coverage)
  target_link_options(facet_options INTERFACE --coverage)
endif()

function(facet_library NAME)
  cmake_parse_arguments(ARG "" "HEADERS" "SOURCES;USES" ${ARGN})
  add_library(facet_${NAME} STATIC ${ARG_SOURCES})
  facet_room(facet_${NAME})
  target_link_libraries(facet_${NAME} PUBLIC ${ARG_USES} PRIVATE facet_options)
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS std)
  endif()
  facet_use_headers(facet_${NAME} ${ARG_HEADERS})
endfunction()

# What tests are compiled and linked with.
add_library(facet_test_options INTERFACE)
target_link_libraries(facet_test_options INTERFACE Boost::unit_test_framework facet_options)
target_compile_definitions(facet_test_options INTERFACE BOOST_TEST_DYN_LINK)
if(FACET_PCH)
  # From precompiled headers (facet_headers.cmake), g++ 12 sees overflows inside of std::string that are none.
  target_compile_options(facet_test_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
endif()
# Tests that compute are compiled as the program is; those that wait for the whole program, which has its own
# optimization, take less time without.
add_library(facet_test_computes INTERFACE)
add_library(facet_test_waits INTERFACE)
target_link_libraries(facet_test_computes INTERFACE facet_test_options)
target_link_libraries(facet_test_waits INTERFACE facet_test_options)
target_compile_options(facet_test_computes INTERFACE ${FACET_SANITIZE_TEST_OPTIONS})
target_compile_options(facet_test_waits INTERFACE $<$<CONFIG:Release>:-O0>)

# facet_test_target(TARGET WAITS): the options, and the set of headers.
function(facet_test_target TARGET WAITS)
  if(WAITS)
    target_link_libraries(${TARGET} PRIVATE facet_test_waits)
    facet_use_headers(${TARGET} program)
  else()
    target_link_libraries(${TARGET} PRIVATE facet_test_computes)
    facet_use_headers(${TARGET} test)
    if(FACET_PCH)
      target_link_libraries(${TARGET} PRIVATE CapnProto::capnp)  # KJ's virtual tables are in that set
    endif()
  endif()
endfunction()

function(facet_test_library NAME)
  cmake_parse_arguments(ARG "WAITS" "" "SOURCES;USES" ${ARGN})
  add_library(facet_test_${NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(facet_test_${NAME} PUBLIC ${ARG_USES})
  facet_test_target(facet_test_${NAME} ${ARG_WAITS})
endfunction()

function(facet_test NAME)
  cmake_parse_arguments(ARG "WAITS" "TIMEOUT" "SOURCES;USES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(test_${NAME} ${ARG_SOURCES} $<TARGET_OBJECTS:facet_test_main>)
  target_link_libraries(test_${NAME} PRIVATE ${ARG_USES})
  facet_test_target(test_${NAME} ${ARG_WAITS})
  add_test(NAME ${NAME} COMMAND test_${NAME})
  if(FACET_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * ${FACET_SANITIZE_SLOWDOWN}")
    set_tests_properties(${NAME} PROPERTIES ENVIRONMENT "${FACET_SANITIZE_ENVIRONMENT}")
  endif()
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
