# facet_library(NAME SOURCES... USES...): one room is one static library, `facet_NAME`; USES lists every
# library that it may include. facet_test(NAME SOURCES... USES...): one Boost.Test program.
include(facet_room)

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
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_library(facet_${NAME} STATIC ${ARG_SOURCES})
  facet_room(facet_${NAME})
  target_link_libraries(facet_${NAME} PUBLIC ${ARG_USES} PRIVATE facet_options)
endfunction()

function(facet_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(test_${NAME} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/main.cc)
  target_link_libraries(test_${NAME} PRIVATE ${ARG_USES} Boost::unit_test_framework facet_options)
  target_compile_definitions(test_${NAME} PRIVATE BOOST_TEST_DYN_LINK)
  add_test(NAME ${NAME} COMMAND test_${NAME})
  if(FACET_SANITIZE)
    if(FACET_SANITIZE_TEST_OPTIONS)
      target_compile_options(test_${NAME} PRIVATE ${FACET_SANITIZE_TEST_OPTIONS})
    endif()
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * ${FACET_SANITIZE_SLOWDOWN}")
    set_tests_properties(${NAME} PROPERTIES ENVIRONMENT "${FACET_SANITIZE_ENVIRONMENT}")
  endif()
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
