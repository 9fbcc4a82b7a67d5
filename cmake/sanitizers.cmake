# Builds with -fsanitize=${FACET_SANITIZE}, and says what tests run with.
#
# Reports go into files, not to stderr: a server that a test starts and kills has no other way to be
# heard. `./dev asan` and `./dev tsan` show them, and fail if there is one. What is known and not
# ours is in sanitizers/*.supp, each line with its reason.

target_compile_options(
  facet_options INTERFACE -fsanitize=${FACET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
# To see whether an object can be read, the check of types makes a pipe: of a server without file
# descriptors, which a test makes, it says that nothing can be.
target_compile_options(facet_options INTERFACE -fno-sanitize=vptr)
# What the sanitizers add confuses GCC's flow analysis; plain builds still look.
target_compile_options(facet_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_link_options(facet_options INTERFACE -fsanitize=${FACET_SANITIZE})

set(FACET_SANITIZE_REPORTS ${CMAKE_BINARY_DIR}/reports)
file(MAKE_DIRECTORY ${FACET_SANITIZE_REPORTS})

# Most of the time of such a build is the optimizer's, in tests: thousands of checks that run once.
# Not so for threads: there, headers that a test includes are what its readers run.
if(FACET_SANITIZE MATCHES address)
  set(FACET_SANITIZE_TEST_OPTIONS -O0)
endif()

# A test's time limit is this many times that of a plain build.
set(FACET_SANITIZE_SLOWDOWN 5)

set(LOG log_path=${FACET_SANITIZE_REPORTS}/report)
set(SUPPRESSIONS ${CMAKE_SOURCE_DIR}/cmake/sanitizers)
set(FACET_SANITIZE_ENVIRONMENT
    "TSAN_OPTIONS=${LOG}:suppressions=${SUPPRESSIONS}/thread.supp:second_deadlock_stack=1"
    "ASAN_OPTIONS=${LOG}:detect_leaks=1:strict_string_checks=1:check_initialization_order=1"
    "UBSAN_OPTIONS=${LOG}:print_stacktrace=1")
