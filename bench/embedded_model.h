// The benchmarks' own models, bench/models/orders and auctions, embedded in the program. Thread:
// constants.
#pragma once

#include <filesystem>
#include <string_view>

namespace facet {

extern const std::string_view kBenchOrdersCapnp;
extern const std::string_view kBenchViewsSql;
extern const std::string_view kBenchAuctionsCapnp;
extern const std::string_view kBenchAuctionsViewsSql;

/// Writes the files of `orders` into a folder, which is made if it is not there. Throws
/// std::runtime_error.
void writeBenchModel(const std::filesystem::path& folder);

}  // namespace facet
