// What the log says about itself: its birth and its models; and logs that are refused for it.
#include "actors/log/recovery.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "actors/log/digest_notes.h"
#include "actors/log/limits.h"
#include "schema/log.capnp.h"
#include "storage/memory_log.h"
#include "tests/actors/shop.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(recovery)

constexpr LogId kId{7, 8};

void appendControl(EventLog& log, const std::vector<uint64_t>& payload) {
  const std::string_view piece(reinterpret_cast<const char*>(payload.data()), payload.size() * 8);
  ChunkDraft draft;
  draft.kind = ChunkKind::control;
  draft.epoch = {1};
  draft.pieces = {&piece, 1};
  log.append(draft, log.end());
}

std::vector<uint64_t> wordsOf(capnp::MessageBuilder& message) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  std::vector<uint64_t> out(words.size());
  std::memcpy(out.data(), words.begin(), out.size() * 8);
  return out;
}

/// Why readHistory refuses a log that begins with this record.
std::string refusal(const std::vector<uint64_t>& first) {
  MemoryLog log;
  appendControl(log, first);
  try {
    readHistory(log);
  } catch (const LogFailed& failure) {
    return failure.what();
  }
  return "";
}

/// The shop, with some text of its files replaced.
std::shared_ptr<const Model> shopWith(const std::string& from, const std::string& to) {
  std::vector<ModelFile> files = shopModel()->files();
  size_t replaced = 0;
  for (ModelFile& file : files) {
    const size_t at = file.content.find(from);
    if (at == std::string::npos) continue;
    file.content.replace(at, from.size(), to);
    ++replaced;
  }
  BOOST_REQUIRE(replaced == 1U);
  return loadModel(std::move(files));
}

BOOST_AUTO_TEST_CASE(a_new_log_is_told_its_birth_and_its_model) {
  MemoryLog log;
  BOOST_TEST(readHistory(log).empty);
  recordModel(log, readHistory(log), *shopModel(), kId, 5);
  const LogHistory history = readHistory(log);
  BOOST_TEST(!history.empty);
  BOOST_TEST((history.id == kId));
  BOOST_REQUIRE(history.models.size() == 1U);
  BOOST_TEST(log.end().last.value == 0U);
  BOOST_TEST(log.end().time == 5);
  const ChosenModel chosen = chooseModel(history, nullptr);
  BOOST_TEST((chosen.model->hash() == shopModel()->hash()));
  BOOST_TEST(!chosen.changed);
}

BOOST_AUTO_TEST_CASE(the_same_model_is_not_recorded_again_another_one_is) {
  MemoryLog log;
  recordModel(log, readHistory(log), *shopModel(), kId, 5);
  BOOST_TEST(!chooseModel(readHistory(log), shopModel().get()).changed);

  const auto other = shopWith("count(*) AS orders", "count(*) AS placed");
  const ChosenModel chosen = chooseModel(readHistory(log), other.get());
  BOOST_TEST(chosen.changed);
  recordModel(log, readHistory(log), *chosen.model, LogId{9, 9}, 3);
  const LogHistory history = readHistory(log);
  BOOST_TEST((history.id == kId));
  BOOST_TEST(history.models.size() == 2U);
  BOOST_TEST(log.end().time == 5);  // it does not go back
  BOOST_TEST((chooseModel(history, nullptr).model->hash() == other->hash()));
}

BOOST_AUTO_TEST_CASE(a_model_that_does_not_fit_the_log_is_refused) {
  MemoryLog log;
  recordModel(log, readHistory(log), *shopModel(), kId, 5);
  const auto other = shopWith("amount @1 :Int32", "amount @1 :Int64");
  BOOST_CHECK_THROW(chooseModel(readHistory(log), other.get()), ModelError);
}

BOOST_AUTO_TEST_CASE(a_log_without_birth_or_model_is_refused) {
  BOOST_TEST(refusal(modelRecord(*shopModel())).find("no record of its birth or its model") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(birth_and_model_are_one_commit) {
  MemoryLog log;
  log.failNext(MemoryLog::Failure::full);
  BOOST_CHECK_THROW(recordModel(log, readHistory(log), *shopModel(), kId, 5), LogFull);
  BOOST_TEST(log.end().next.value == 0U);
  recordModel(log, readHistory(log), *shopModel(), kId, 5);
  BOOST_TEST(log.end().next.value == 2U);
}

// As versions that wrote them one after the other left it, when they were stopped in between.
BOOST_AUTO_TEST_CASE(a_log_with_nothing_but_its_birth_gets_its_model) {
  MemoryLog log;
  appendControl(log, birthRecord(kId));
  const LogHistory born = readHistory(log);
  BOOST_TEST((born.id == kId));
  const ChosenModel chosen = chooseModel(born, shopModel().get());
  BOOST_TEST(chosen.changed);
  recordModel(log, born, *chosen.model, makeLogId(), 5);
  const LogHistory history = readHistory(log);
  BOOST_TEST((history.id == kId));
  BOOST_TEST(history.models.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_new_epoch_says_where_the_one_before_ended) {
  MemoryLog log;
  recordModel(log, readHistory(log), *shopModel(), kId, 5);
  recordEpoch(log, "a test", 6);
  BOOST_TEST(log.end().epoch.value == 2U);
  const LogHistory history = readHistory(log);
  BOOST_REQUIRE(history.epochs.size() == 1U);
  BOOST_TEST(history.epochs[0].epoch.value == 2U);
  BOOST_TEST(history.epochs[0].chunk.value == 2U);
  BOOST_TEST(history.epochs[0].after.value == 0U);
}

BOOST_AUTO_TEST_CASE(control_records_that_are_none_are_refused_with_their_place) {
  BOOST_TEST(
      refusal({UINT64_MAX, UINT64_MAX}).starts_with("chunk 0: a control record is malformed"));

  capnp::MallocMessageBuilder newer;
  newer.getRoot<capnp::AnyPointer>().initAsAnyStruct(1, 1).getDataSection()[0] = 99;
  BOOST_TEST(refusal(wordsOf(newer)) ==
             "chunk 0: the log has a control record of a newer version of facet");

  capnp::MallocMessageBuilder noId;
  noId.initRoot<wire::Control>().initBirth().initLogId(15);
  BOOST_TEST(refusal(wordsOf(noId)) == "chunk 0: a log id must have 16 bytes");
}

BOOST_AUTO_TEST_CASE(a_record_of_a_new_epoch_is_read) {
  capnp::MallocMessageBuilder message;
  message.initRoot<wire::Control>().initEpoch().setEpoch(4);
  const std::vector<uint64_t> words = wordsOf(message);
  const ControlRecord record =
      readControlRecord({reinterpret_cast<const char*>(words.data()), words.size() * 8});
  BOOST_TEST(record.epoch.value().epoch.value == 4U);
  BOOST_TEST(!record.birth.has_value());
  BOOST_TEST(!record.model.has_value());
}

// A row that many chunks change is written once; what each event's `_time` is, stays.
BOOST_AUTO_TEST_CASE(chunks_are_passed_on_as_one_and_keep_their_times) {
  constexpr uint64_t kChunks = kRecoveryNotedChunks + 200;
  MemoryLog log;
  Shop shop;
  for (uint64_t i = 1; i <= kChunks; ++i) {
    const SequencedBatch batch =
        shop.registerCustomer("C" + std::to_string(i % 7), i % 2 == 0 ? "East" : "West");
    const std::string_view piece(reinterpret_cast<const char*>(batch.block.data()),
                                 batch.block.size() * sizeof(uint64_t));
    ChunkDraft draft;
    draft.epoch = {1};
    draft.events = batch.events;
    draft.time = static_cast<int64_t>(i) * 1000;
    draft.pieces = {&piece, 1};
    log.append(draft, log.end());
  }
  Shop again;
  std::vector<ChunkPtr> passed;
  foldLog(log, {0}, again.sequencer_, [&](const ChunkPtr& chunk) { passed.push_back(chunk); });
  // Those before the last, each of these up to an agreed one, and what is left.
  BOOST_TEST(passed.size() == 1 + kRecoveryNotedChunks / kDigestEvery - 1 + 1);
  for (size_t i = 0; i + 1 < passed.size(); ++i) BOOST_TEST(DigestNotes::agreed(passed[i]->number));
  Position next{1};
  int64_t time = 0;
  for (const ChunkPtr& chunk : passed) {
    BOOST_TEST((chunk->first == next));
    BOOST_TEST(chunk->blocks.size() == chunk->last.value - chunk->first.value + 1);
    for (const TimedBlock& block : chunk->blocks) BOOST_TEST(block.time == (time += 1000));
    next = chunk->last + 1;
  }
  BOOST_TEST(time == static_cast<int64_t>(kChunks) * 1000);
  for (const char* customer : {"C0", "C3", "C6"}) {
    BOOST_TEST(again.table("customers", customer, "region") ==
               shop.table("customers", customer, "region"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
