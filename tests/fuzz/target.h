// A fuzz target: a program that reads bytes from outside, without threads, disks and sockets. Each
// target's file defines these two; main.cc mutates. Thread: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace facet::fuzz {

/// What mutation begins with: good inputs, so that it gets past the first checks.
std::vector<std::string> seeds();

/// Takes the bytes in as the program does. Whatever they are, it returns: no crash, no failed
/// assertion, no exception but those that the program answers with.
void run(std::string_view bytes);

}  // namespace facet::fuzz
