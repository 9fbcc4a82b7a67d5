// Folders of a bank with snapshots, and what a node shows of them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/actors/bank.h"

namespace facet::test {

namespace fs = std::filesystem;

inline void move(Bank& bank, int account, int region) {
  CommandBatch batch;
  bank.add(batch, "SetAccount", {account, region});
  bank.outcomes.submit(*bank.node, std::move(batch));
}

/// A copy of the folder with these snapshots alone.
inline fs::path copyWith(const fs::path& data, const std::vector<std::string>& snapshots) {
  fs::path copy = data;
  copy += "-copy";
  fs::remove_all(copy);
  fs::copy(data, copy, fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(data / "snapshots")) {
    const std::string name = entry.path().filename().string();
    const bool kept = std::find(snapshots.begin(), snapshots.end(), name) != snapshots.end();
    if (!kept) fs::remove_all(copy / "snapshots" / name);
  }
  return copy;
}

inline std::vector<std::string> namesIn(const fs::path& data) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(data / "snapshots")) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// What a view answers with: its rows at its cut, and the digest that status shows.
inline std::map<std::string, std::string> answers(Node& node) {
  std::map<std::string, std::string> out;
  for (const RelationStatus& status : node.status().views) {
    const LiveRelation& view = *node.find(status.name);
    Cuts::Pin pin = node.cuts().pin();
    const Position at = view.cut(pin, nullptr);
    uint64_t rows = 0;
    RowSource::Cursor cursor;
    view.source(at).scan(at, cursor, [&](const Version&) { return ++rows > 0; });
    out[status.name] = fmt::format("{} rows, digest {:x}{:x}, {}", rows,
                                   static_cast<uint64_t>(status.digest >> 64),
                                   static_cast<uint64_t>(status.digest), status.state);
  }
  return out;
}

}  // namespace facet::test
