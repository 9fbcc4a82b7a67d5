// For files that implement interfaces of KJ or Cap'n Proto: those have no virtual destructors,
// because kj::Own remembers how to dispose of what it owns; so from here on the compiler does not
// ask for them.
#pragma once

#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
