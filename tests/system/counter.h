// The model `counter` (models/counter), and what it must show: entry i has a bucket and an amount
// that follow from i, so what is missing or done twice shows in every sum.
#pragma once

#include <cstdint>
#include <string>

#include "tests/system/server.h"

namespace facet::system_test {

/// The entries first, first + 1, … .
struct EntryRange {
  uint64_t first = 1;
  uint64_t count = 0;
};

ServerOptions counter(const fs::path& data, unsigned shards = 1);
/// A copy of its model, in a folder that is not there yet, with a view `more`: the number of
/// entries.
fs::path counterWithMore(const fs::path& folder);

/// The text that goes with an entry.
std::string entryNote(uint64_t entry);

/// Commands AddEntry, a JSON object a line.
std::string entryLines(EntryRange entries);

/// The words of a submit that reads such lines.
Words submitEntries(const std::string& client = {}, uint64_t batch = 500);

/// Begins a submit that says nothing before its end, and returns when some of it is in the log.
Process beginLoad(const Server& server, EntryRange entries);

/// The log's events from `position` on, to its end, are these entries, each once, in any order.
void checkLogged(const Server& server, uint64_t position, EntryRange entries);

/// Every view, and the table, show the entries 1 to `count`, each once.
void checkShown(const Server& server, uint64_t count);

}  // namespace facet::system_test
