// The lock of a folder that one process uses at a time: flock on the file `lock` in it, which has
// the process's id for whoever comes second. Pure functions.
#pragma once

#include <filesystem>

#include "storage/durable_file.h"

namespace facet {

/// Held as long as the descriptor is open. Throws LogFailed, naming the process that has it.
FileDescriptor lockFolder(const std::filesystem::path& folder);

/// Gives the lock up, and removes its file, for a folder that is to be as it was before.
void removeLock(const std::filesystem::path& folder, FileDescriptor& lock);

}  // namespace facet
