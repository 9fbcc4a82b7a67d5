#include "tests/differential/lab_round.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>

namespace facet::test {

namespace {

constexpr int64_t kTime = 1'700'000'000'000'000;
constexpr uint32_t kShards = 8;  // at most

}  // namespace

uint64_t fromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool isBeyondLimits(const std::string& error) {
  return error.find("value overflows numeric format") != std::string::npos;
}

void demandCoverage(const Coverage& seen, const std::vector<std::string>& demanded) {
  const auto times = [&](const std::string& name) {
    const auto found = seen.find(name);
    return found == seen.end() ? 0 : found->second;
  };
  for (const std::string& name : demanded) BOOST_TEST(times(name) > 0, "never made: " << name);
  std::string clauses;
  for (const auto& [name, count] : seen) {
    if (name.rfind("clause: ", 0) == 0) clauses += fmt::format("\n  {} {}", count, name.substr(8));
  }
  const auto rarest = *std::min_element(
      demanded.begin(), demanded.end(),
      [&](const std::string& a, const std::string& b) { return times(a) < times(b); });
  BOOST_TEST_MESSAGE(fmt::format("{} clauses and functions, the rarest {} times: {}{}",
                                 demanded.size(), times(rarest), rarest, clauses));
}

std::shared_ptr<const Model> LabRound::load(uint64_t seed, uint32_t views, uint32_t failing,
                                            Coverage& coverage) {
  LabSql sql(seed, coverage);
  std::string text;
  for (uint32_t v = 0; v < views; ++v) {
    const LabSelect& select = selects.emplace_back(sql.select(v < failing, seed * views + v));
    text += fmt::format("CREATE MATERIALIZED VIEW v{} AS {};\n", v, select.sql());
    if (!select.uniqueKey.empty()) {
      text += fmt::format("CREATE UNIQUE INDEX ON v{} ({});\n", v, select.uniqueKey);
    }
    for (const std::string& index : select.indexes) {
      text += fmt::format("CREATE INDEX ON v{} ({});\n", v, index);
    }
  }
  return loadModel({{"lab.capnp", labModelText()}, {"views.sql", text}});
}

LabRound::LabRound(Postgres& oracle, uint64_t seed, uint32_t views, uint32_t failing,
                   Coverage& coverage)
    : postgres(oracle),
      model(load(seed, views, failing, coverage)),
      random(seed),
      one(model, 1),
      many(model, static_cast<uint32_t>(2 + seed % (kShards - 1))),
      oracle_(postgres),
      events_(*model, seed) {
  oracle_.begin(*model);
}

void LabRound::advance() {
  const std::vector<EventText> chunk = events_.chunk(20 + random() % 60);
  const Position first = one.apply(chunk, kTime);
  for (size_t at = 0; at < chunk.size();) {
    const size_t end = std::min(chunk.size(), at + 1 + random() % 30);
    many.apply({chunk.begin() + static_cast<std::ptrdiff_t>(at),
                chunk.begin() + static_cast<std::ptrdiff_t>(end)},
               kTime);
    at = end;
  }
  oracle_.apply(*model, chunk, first, kTime);
  for (uint32_t t = 0; t < model->tables().size(); ++t) {
    oracle_.setTable(model->tables()[t], one.tableRows(t));
  }
}

}  // namespace facet::test
