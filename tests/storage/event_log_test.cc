// What holds for every backend behind EventLog.
#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include "storage/checked_chunks.h"
#include "storage/memory_log.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;

namespace {

struct InMemory {
  MemoryLog log;
  EventLog& operator*() { return log; }
};

struct InOneSegment {
  TemporaryFolder folder;
  std::unique_ptr<EventLog> log = openLmdbLog(optionsFor(folder / "log"));
  EventLog& operator*() { return *log; }
};

struct InManySegments {
  TemporaryFolder folder;
  std::unique_ptr<EventLog> log = openLmdbLog(optionsFor(folder / "log", 1));
  EventLog& operator*() { return *log; }
};

using Backends = boost::mpl::list<InMemory, InOneSegment, InManySegments>;

ChunkDraft controlRecord(const LogEnd& end) {
  return {.kind = ChunkKind::control, .epoch = {2}, .events = 0, .time = end.time, .pieces = {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_log)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_new_log_is_empty, Backend, Backends) {
  Backend log;
  BOOST_TEST(((*log).end() == LogEnd{}));
  BOOST_TEST(contentsOf(*log).empty());
  BOOST_TEST((*log).find({0}).value == 0u);
  BOOST_TEST((*log).find({1}).value == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_appended_is_read, Backend, Backends) {
  Backend log;
  appendChunks(*log, 20, 2400);
  uint64_t position = 0;
  uint64_t number = 0;
  ChunkHash previous{};
  const ChunkNumber after = (*log).read({0}, SIZE_MAX, [&](const ChunkRef& chunk) {
    BOOST_TEST(chunk.header->number.value == number);
    BOOST_TEST(chunk.header->first.value == position + 1);
    BOOST_TEST((chunk.header->previous == previous));
    BOOST_TEST(chunk.payload == payloadOf({number}, 2400));
    BOOST_TEST(reinterpret_cast<uintptr_t>(chunk.payload.data()) % 8 == 0u);
    previous = hashChunk(chunk.bytes());
    position = chunk.last().value;
    ++number;
    return true;
  });
  BOOST_TEST(after.value == 20u);
  BOOST_TEST((*log).end().last.value == position);
  BOOST_TEST(((*log).end().hash == previous));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(append_returns_the_new_end, Backend, Backends) {
  Backend log;
  const LogEnd end = appendChunk(*log, 5, 8);
  BOOST_TEST(end.next.value == 1u);
  BOOST_TEST(end.last.value == 5u);
  BOOST_TEST(end.epoch.value == 1u);
  BOOST_TEST(end.time == 1000);
  BOOST_TEST((end == (*log).end()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_control_record_takes_no_position, Backend, Backends) {
  Backend log;
  appendChunk(*log, 5, 8);
  const LogEnd before = (*log).end();
  const LogEnd after = (*log).append(controlRecord(before), before);
  BOOST_TEST(after.next.value == 2u);
  BOOST_TEST(after.last.value == 5u);
  BOOST_TEST(after.epoch.value == 2u);
  (*log).read({1}, SIZE_MAX, [&](const ChunkRef& chunk) {
    BOOST_TEST(chunk.header->first.value == 6u);
    BOOST_TEST(chunk.payload.empty());
    return true;
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_control_record_may_take_one, Backend, Backends) {
  Backend log;
  appendChunks(*log, 3, 80);
  const LogEnd before = (*log).end();
  ChunkDraft record = controlRecord(before);
  record.epoch = before.epoch;
  record.events = 1;
  const LogEnd end = (*log).append(record, before);
  BOOST_TEST(end.last.value == before.last.value + 1);
  BOOST_TEST((*log).find(end.last).value == before.next.value);
  appendChunk(*log, 5, 8);
  BOOST_TEST((*log).find(end.last + 1).value == end.next.value);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reading_stops_where_the_visitor_says, Backend, Backends) {
  Backend log;
  appendChunks(*log, 5, 8);
  unsigned seen = 0;
  BOOST_TEST((*log).read({1}, SIZE_MAX, [&](const ChunkRef&) { return ++seen < 2; }).value == 3u);
  BOOST_TEST(seen == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reading_stops_before_too_many_bytes, Backend, Backends) {
  Backend log;
  appendChunks(*log, 5, 800);
  const auto all = [](const ChunkRef&) { return true; };
  BOOST_TEST((*log).read({0}, 2400, all).value == 3u);
  BOOST_TEST((*log).read({0}, 2399, all).value == 2u);
  BOOST_TEST((*log).read({1}, 0, all).value == 2u);
  BOOST_TEST((*log).read({5}, 0, all).value == 5u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_position_is_found, Backend, Backends) {
  Backend log;
  for (unsigned i = 0; i < 12; ++i) {
    (*log).append(controlRecord((*log).end()), (*log).end());
    const LogEnd end = (*log).end();
    (*log).append({.epoch = {2}, .events = i % 4, .time = end.time, .pieces = {}}, end);
  }
  std::vector<uint64_t> chunkOf{0};
  (*log).read({0}, SIZE_MAX, [&](const ChunkRef& chunk) {
    chunkOf.insert(chunkOf.end(), chunk.header->events, chunk.header->number.value);
    return true;
  });
  for (uint64_t position = 0; position < chunkOf.size(); ++position) {
    BOOST_TEST((*log).find({position}).value == chunkOf[position], "position " << position);
  }
  BOOST_TEST((*log).find({chunkOf.size()}).value == 24u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_writer_that_expects_another_end_is_refused_for_good, Backend,
                              Backends) {
  Backend log;
  const LogEnd old = (*log).end();
  appendChunk(*log, 1, 8);
  const ChunkDraft draft{.epoch = {1}, .events = 1, .time = 5000, .pieces = {}};
  BOOST_TEST(contains(failureOf([&] { (*log).append(draft, old); }), "another writer"));
  BOOST_TEST(!failureOf([&] { appendChunk(*log, 1, 8); }).empty());
  BOOST_TEST(contentsOf(*log).size() == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(copies_of_chunks_make_the_same_log, Backend, Backends) {
  MemoryLog first;
  appendChunks(first, 30, 2400);
  Backend log;
  while ((*log).end().next.value < 30) {
    const Words bytes = chunksOf(first, (*log).end().next, 7);
    const CheckedChunks chunks(bytes.view(), (*log).end());
    BOOST_TEST(((*log).appendCopies(chunks) == chunks.after()));
  }
  BOOST_TEST(((*log).end() == first.end()));
  BOOST_TEST(contentsOf(*log) == contentsOf(first));
  appendChunk(*log, 1, 8);
  BOOST_TEST((*log).find(first.end().last + 1).value == 30u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(copies_that_follow_another_end_are_refused_for_good, Backend,
                              Backends) {
  MemoryLog first;
  appendChunks(first, 4, 80);
  Backend log;
  const Words bytes = chunksOf(first, {0}, 4);
  const CheckedChunks chunks(bytes.view(), (*log).end());
  (*log).appendCopies(chunks);
  BOOST_TEST(contains(failureOf([&] { (*log).appendCopies(chunks); }), "another writer"));
  BOOST_TEST(contentsOf(*log).size() == 4u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(space_is_used_by_chunks, Backend, Backends) {
  Backend log;
  const EventLog::Space before = (*log).space();
  appendChunks(*log, 4, 80'000);
  const EventLog::Space after = (*log).space();
  BOOST_TEST(after.used >= before.used + 320'000);
  BOOST_TEST(after.left > 0u);
}

BOOST_AUTO_TEST_CASE(a_log_in_memory_fails_when_it_is_told_to) {
  MemoryLog log;
  appendChunk(log, 1, 8);
  log.failNext(MemoryLog::Failure::full);
  BOOST_TEST(!fullnessOf([&] { appendChunk(log, 1, 8); }).empty());
  appendChunk(log, 1, 8);
  log.failNext(MemoryLog::Failure::failed);
  BOOST_TEST(!failureOf([&] { appendChunk(log, 1, 8); }).empty());
  BOOST_TEST(!failureOf([&] { appendChunk(log, 1, 8); }).empty());
  BOOST_TEST(contentsOf(log).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_log_in_memory_is_full_at_its_capacity) {
  MemoryLog log(400);
  appendChunk(log, 1, 160);
  BOOST_TEST(!fullnessOf([&] { appendChunk(log, 1, 160); }).empty());
  appendChunk(log, 1, 96);
  BOOST_TEST(log.space().left == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
