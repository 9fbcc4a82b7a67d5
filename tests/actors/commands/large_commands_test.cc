#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "storage/limits.h"
#include "tests/actors/shop.h"

namespace facet::test {

namespace {

/// "Write" emits so many events with its text, "Look" the same with events that look at a table.
std::shared_ptr<const Model> modelOf(size_t emits) {
  std::string same;
  std::string looked;
  for (size_t i = 0; i < emits; ++i) {
    same += fmt::format("{}(event = \"Written\")", i == 0 ? "" : ", ");
    looked += fmt::format(
        "{}(event = \"Written\", set = [(field = \"kind\", to = \"kinds.kind || ''\")])",
        i == 0 ? "" : ", ");
  }
  std::string text = R"(
@0xd2a49c31e07b6f16;
using Facet = import "/facet/model.capnp";
struct Kinds $Facet.table(key = ["id"]) { id @0 :Text; kind @1 :Text; }
struct Written $Facet.event() { id @0 :Text; note @1 :Text; kind @2 :Text; }
struct Write $Facet.command(stream = "id", emits = [)";
  text += same + R"(]) { id @0 :Text; note @1 :Text; }
struct Look $Facet.command(emits = [)";
  text += looked + "]) { id @0 :Text; note @1 :Text; }\n";
  return loadModel(
      {{"large.capnp", text},
       {"views.sql", "CREATE MATERIALIZED VIEW n AS SELECT count(*) AS n FROM written;"}});
}

struct Writer {
  explicit Writer(size_t emits)
      : model(modelOf(emits)),
        plans(std::make_shared<const std::vector<CommandPlan>>(planCommands(*model))),
        tables(model),
        sequencer(model, plans, tables, Position{0}),
        stage(model, plans) {}

  static Fields fields(const std::string& note, std::string_view id = "1") {
    return {{"id", Value::text(id)}, {"note", Value::text(note)}};
  }
  SequencedBatch send(BatchOf& batch) { return sequencer.sequence(stage.shape(batch.done())); }

  std::shared_ptr<const Model> model;
  std::shared_ptr<const std::vector<CommandPlan>> plans;
  Tables tables;
  Sequencer sequencer;
  CommandStage stage;
};

const std::string& megabytes(size_t n) {
  static std::string text;
  text.assign(n << 20, 'x');
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_commands)

BOOST_AUTO_TEST_CASE(a_command_whose_events_are_too_large_is_refused_by_name) {
  for (const char* command : {"Write", "Look"}) {
    Writer writer(20);
    BatchOf batch(*writer.model);
    batch.add(command, Writer::fields("small")).add(command, Writer::fields(megabytes(15)));
    batch.add(command, Writer::fields("small"));
    const SequencedBatch out = writer.send(batch);
    BOOST_TEST(out.outcome.accepted == 2u);
    BOOST_TEST(out.events == 40u);
    BOOST_REQUIRE(out.outcome.exceptions.size() == 1u);
    const CommandOutcome& refused = out.outcome.exceptions[0];
    BOOST_TEST(refused.index == 1u);
    BOOST_TEST((refused.rule == RejectionRule::invalidValue));
    BOOST_TEST(refused.reason.find(command) == 0u, refused.reason);
    BOOST_TEST(refused.reason.find("the events up to here take 786") != std::string::npos,
               refused.reason);
    BOOST_TEST(refused.reason.find("67108864") != std::string::npos, refused.reason);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_never_takes_more_than_a_chunk_has_room_for) {
  for (const char* command : {"Write", "Look"}) {
    Writer writer(4);
    BatchOf batch(*writer.model);
    for (int i = 0; i < 5; ++i) batch.add(command, Writer::fields(megabytes(15)));
    batch.add(command, Writer::fields("small"));
    const SequencedBatch out = writer.send(batch);
    BOOST_TEST(out.outcome.accepted == 4u);
    BOOST_REQUIRE(out.outcome.exceptions.size() == 2u);
    BOOST_TEST(out.outcome.exceptions[0].index == 3u);
    BOOST_TEST(out.outcome.exceptions[0].reason.find("the batch of this ") == 0u);
    BOOST_TEST(out.block.size() * sizeof(uint64_t) <= kMaxPayloadBytes);
  }
}

BOOST_AUTO_TEST_CASE(names_of_streams_count_too) {
  Writer writer(1);
  BatchOf batch(*writer.model);
  for (int i = 0; i < 8; ++i) batch.add("Write", Writer::fields("", megabytes(15)));
  const SequencedBatch out = writer.send(batch);
  BOOST_TEST(out.outcome.accepted == 6u);
  BOOST_TEST(out.outcome.rejected == 2u);
  BOOST_TEST(out.block.size() * sizeof(uint64_t) <= kMaxPayloadBytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
