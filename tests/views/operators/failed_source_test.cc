// Rows of the source for which something fails below a join: which they are is known when their
// errors count, and snapshots of before format 5, which had the whole row, can be restored.
#include <map>

#include "tests/views/engine_vocabulary.h"
#include "views/plan/view_operators.h"

namespace facet::test {
namespace {

const char* const kView =
    "CREATE MATERIALIZED VIEW v AS SELECT c.region_id, sum(s.amount / s.parts) AS each,"
    " sum(s.amount) AS total, max(s.amount / s.parts + c.level) AS most"
    " FROM sale s JOIN customers c USING (customer_id) GROUP BY c.region_id;";

using Entries = std::map<std::string, std::pair<std::string, int64_t>>;

Entries entriesOf(const ViewShard& shard, Position at) {
  Entries out;
  VersionedMap::Cursor cursor;
  shard.scanPart(StatePart::entries, at, cursor, [&](const StateEntry& entry) {
    out[std::string(entry.key)] = {std::string(entry.value), entry.weight};
    return true;
  });
  return out;
}

/// A chunk of one event.
struct OneEvent {
  OneEvent(const Model& model, const std::string& text) : row(packEvent(model, parseEvent(text))) {
    BlockBuilder builder;
    builder.start({}, 0, 1, 64);
    builder.addEvent(eventIndex(model, "sale"), 0, Row(row.data()));
    builder.setAccepted(0);
    words = builder.finish();
    blocks[0] = {Block(reinterpret_cast<const char*>(words.data())), kTime};
    chunk = {{1}, {1}, blocks, {}, {}};
  }

  static constexpr int64_t kTime = 1'700'000'000'000'000;
  std::vector<uint64_t> row;
  std::vector<uint64_t> words;
  TimedBlock blocks[1];
  ChunkInput chunk;
};

/// The lower row as it was before format 5, with the whole row of the source.
std::string olderEntry(const RowLayout& layout, const OneEvent& event) {
  std::string whole;
  for (const int64_t word : {int64_t{1}, OneEvent::kTime}) {
    whole.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  whole.append(Row(event.row.data()).bytes());
  RowBuilder builder;
  builder.start(layout);
  builder.set(LowerPlan::kFailedRow, Value::bytes(whole));
  return std::string(builder.finish().bytes());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failed_source)

BOOST_AUTO_TEST_CASE(each_row_that_fails_below_a_join_is_known) {
  for (const uint32_t shards : {1U, 3U}) {
    Engine engine(engineModel(kSales, kView), shards);
    engine.chunk({"sale a p 6 0 - 0 f 2024-01-01", "sale a p 6 2 - 0 f 2024-01-01",
                  "sale a p 6 0 - 0 f 2024-01-01"});
    BOOST_CHECK_EQUAL(engine.errors("v"), 0);  // not joined
    engine.chunk({"customer_set a Ann n 1"});
    BOOST_CHECK_EQUAL(engine.errors("v"), 2);
    BOOST_TEST(engine.errorText("v").find("division by zero in s.amount / s.parts, event 1,") !=
                   std::string::npos,
               engine.errorText("v"));
    const auto copied = engine.copy(2);
    BOOST_CHECK_EQUAL(copied->errorText("v"), engine.errorText("v"));
    copied->skip("v", "sale a p 6 0 - 0 f 2024-01-01", {1});
    BOOST_TEST(copied->errorText("v").find(", event 3,") != std::string::npos,
               copied->errorText("v"));
    copied->skip("v", "sale a p 6 0 - 0 f 2024-01-01", {3});
    BOOST_CHECK_EQUAL(copied->errors("v"), 0);
  }
}

BOOST_AUTO_TEST_CASE(the_first_aggregate_that_fails_is_told_wherever_it_is_made) {
  // `least` is over the table too, and comes before the sum that fails below.
  Engine engine(engineModel(kSales,
                            "CREATE MATERIALIZED VIEW v AS SELECT c.region_id,"
                            " min(c.level / (s.parts - 1)) AS least, sum(s.amount / (s.parts - 1))"
                            " AS each FROM sale s JOIN customers c USING (customer_id)"
                            " GROUP BY c.region_id;"));
  engine.chunk({"customer_set a Ann n 1", "sale a p 6 1 - 0 f 2024-01-01"});
  BOOST_CHECK_EQUAL(engine.errors("v"), 1);
  BOOST_TEST(engine.errorText("v").starts_with("division by zero in c.level / (s.parts - 1)"),
             engine.errorText("v"));
}

BOOST_AUTO_TEST_CASE(entries_of_older_snapshots_become_what_is_made_today) {
  for (const char* text : {"sale a p 6 0 - 0 f 2024-01-01", "sale a p 7 - note 0 f 2024-01-01"}) {
    const ModelPtr model = engineModel(kSales, kView);
    const Tables tables(model);
    const auto plan = ViewPlan::compile(model, 0);
    const OneEvent event(*model, text);
    ViewShard folded(plan, ShardId{0}, 1, tables);
    ViewShard* const alone = &folded;
    runChunk({&alone, 1}, event.chunk);

    ViewShard restored(plan, ShardId{0}, 1, tables);
    const LowerPlan& lower = plan->operators().join->lower;
    const std::string key = olderEntry(lower.layout, event);
    const std::string sums(lower.sums.bytes, '\0');
    const StateEntry entry{key, sums, 1, 0};
    restored.beginRestore({1});
    BOOST_TEST(restored.ownerOf(StatePart::entries, entry) == 0U);
    BOOST_REQUIRE(restored.restore(StatePart::entries, entry));
    restored.finishRestore();
    BOOST_TEST((entriesOf(restored, {1}) == entriesOf(folded, {1})), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
