// What replicas are sent: the log's bytes as they are, a bounded number of them for each request,
// and a clear refusal for those whose log is another one.
#include <cstring>

#include "server/limits.h"
#include "storage/checked_chunks.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Answer = capnp::Response<wire::Feed::FollowResults>;

/// A primary's door that replicas come to.
struct Feeds : ServerFixture {
  explicit Feeds(uint64_t memory = uint64_t{8} << 30, const Upstream* upstream = nullptr)
      : ServerFixture(4096, nullptr, memory, upstream),
        feed(client->session().feedRequest().send().getFeed()) {}

  void append(size_t payload = 80) {
    const std::vector<uint64_t> words(payload / 8, ++written_);
    const std::string_view piece(reinterpret_cast<const char*>(words.data()), payload);
    node.chunks.append({.epoch = {1}, .events = 1, .time = 0, .pieces = {&piece, 1}},
                       node.chunks.end());
    node.makeDurable(node.chunks.end().last.value);
    completions.onDurable();
  }
  void append(unsigned chunks, size_t payload) {
    for (unsigned i = 0; i < chunks; ++i) append(payload);
  }

  struct Ask {
    LogEnd end = {};  // of the replica
    uint64_t offset = 0;
    uint32_t maxBytes = 0;
    uint32_t waitMs = 0;
    std::string id = "0123456789abcdef";
  };
  kj::Promise<Answer> follow(const Ask& ask) { return follow(feed, ask); }
  kj::Promise<Answer> follow(wire::Feed::Client& from, const Ask& ask) {
    auto request = from.followRequest();
    auto out = request.initRequest();
    out.setFrom(ask.end.next.value);
    if (ask.end.next.value > 0) std::memcpy(out.initPrevious(16).begin(), &ask.end.hash, 16);
    out.setOffset(ask.offset);
    out.setMaxBytes(ask.maxBytes);
    out.setWaitMs(ask.waitMs);
    auto follower = out.initFollower();
    follower.setId({reinterpret_cast<const capnp::byte*>(ask.id.data()), ask.id.size()});
    follower.setName("there:" + ask.id);
    follower.setPosition(ask.end.last.value);
    return request.send().then([](Answer&& answer) { return kj::mv(answer); });
  }

  /// The end of a replica that ended at `end` and takes the answer.
  static LogEnd taken(const Answer& answer, const LogEnd& end) {
    const auto chunks = answer.getBatch().getChunks();
    const CheckedChunks checked({reinterpret_cast<const char*>(chunks.begin()), chunks.size()},
                                end);
    BOOST_TEST(checked.after().next.value == answer.getBatch().getNext());
    if (!checked.chunks().empty()) {
      BOOST_TEST(std::memcmp(answer.getBatch().getLast().begin(), &checked.after().hash, 16) == 0);
    }
    return checked.after();
  }

  auto status() {
    return wait(client->session().adminRequest().send().getAdmin().statusRequest().send());
  }

  wire::Feed::Client feed;

 private:
  uint64_t written_ = 0;
};

/// A replica of a connection of its own.
struct Replica {
  explicit Replica(Feeds& feeds)
      : client(feeds.connect()), feed(client->session().feedRequest().send().getFeed()) {}
  kj::Own<AsyncClient> client;
  wire::Feed::Client feed;
};

/// What a replica knows of its upstream.
struct FakeUpstream final : Upstream {
  UpstreamState state() const override {
    UpstreamState out;
    out.address = "up:1";
    out.primary = address;
    out.state = "following";
    return out;
  }
  const std::string& primary() const override { return address; }
  std::vector<ChainNode> chain() const override {
    return {{std::string(kFollowerIdBytes, 'm'), "me:1"},
            {std::string(kFollowerIdBytes, 'u'), "up:1"}};
  }
  Position head() const override { return known; }
  uint32_t lagMs(Position) const override { return 40; }
  std::string address = "first:7400";
  Position known;
};

/// A replica's door: what it knows is there before it, and after it.
struct Followed {
  FakeUpstream upstream;
};
struct ReplicaFeeds : Followed, Feeds {
  ReplicaFeeds() : Feeds(uint64_t{8} << 30, &upstream) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(feed, Feeds)

BOOST_AUTO_TEST_CASE(a_new_replica_gets_the_log_from_its_beginning) {
  append(10, 80);
  const Answer answer = wait(follow({}));
  BOOST_TEST((taken(answer, {}) == node.chunks.end()));
  BOOST_TEST(answer.getBatch().getHead() == 10u);
  BOOST_TEST(!answer.getBatch().getMore());
}

BOOST_AUTO_TEST_CASE(an_answer_is_bounded_and_has_one_chunk_at_least) {
  append(10, 800);
  LogEnd end;
  for (int i = 0; i < 10; ++i) {
    const Answer answer = wait(follow({.end = end, .maxBytes = 100}));
    end = taken(answer, end);
    BOOST_TEST(end.next.value == i + 1u);
    BOOST_TEST(answer.getBatch().getMore() == (i < 9));
  }
  BOOST_TEST((taken(wait(follow({.maxBytes = 2400})), {}).next.value == 3u));
}

BOOST_AUTO_TEST_CASE(a_chunk_that_is_too_large_comes_in_parts) {
  const size_t large = 2 * kMaxFeedBytes + 8000;
  append(80);
  append(large);
  append(80);
  LogEnd end = taken(wait(follow({})), {});
  BOOST_TEST(end.next.value == 1u);
  std::vector<uint64_t> words;
  for (unsigned part = 0; part < 3; ++part) {
    const Answer answer = wait(follow({.end = end, .offset = words.size() * 8}));
    const auto bytes = answer.getBatch().getChunks();
    BOOST_TEST(bytes.size() <= kMaxFeedBytes);
    BOOST_TEST(answer.getBatch().getWholeBytes() == large + sizeof(ChunkHeader));
    BOOST_TEST(answer.getBatch().getNext() == (part == 2 ? 2u : 1u));
    words.resize(words.size() + bytes.size() / 8);
    std::memcpy(words.data() + words.size() - bytes.size() / 8, bytes.begin(), bytes.size());
  }
  const CheckedChunks whole({reinterpret_cast<const char*>(words.data()), words.size() * 8}, end);
  BOOST_TEST(whole.chunks().size() == 1u);
  BOOST_TEST((taken(wait(follow({.end = whole.after()})), whole.after()) == node.chunks.end()));
  BOOST_TEST(contains(failure(follow({.end = end, .offset = large * 2})).what(), "none at"));
}

struct LittleMemory : Feeds {
  LittleMemory() : Feeds(uint64_t{64} << 20) {}
};

BOOST_FIXTURE_TEST_CASE(where_memory_is_little_answers_are_smaller, LittleMemory) {
  const size_t most = thread->memory().limit() / 4 / kMaxFollowers;
  BOOST_TEST(most < kMaxFeedBytes);
  append(4, most / 2);
  append(most + 8000);
  LogEnd end = taken(wait(follow({})), {});
  BOOST_TEST(end.next.value < 4u);
  while (end.next.value < 4u) {
    const Answer answer = wait(follow({.end = end}));
    BOOST_TEST(answer.getBatch().getChunks().size() <= most + 2 * sizeof(ChunkHeader));
    end = taken(answer, end);
  }
  const Answer part = wait(follow({.end = end}));
  BOOST_TEST(part.getBatch().getChunks().size() == most);
  const Answer rest = wait(follow({.end = end, .offset = most}));
  BOOST_TEST(rest.getBatch().getChunks().size() == 8000 + sizeof(ChunkHeader));
}

BOOST_AUTO_TEST_CASE(a_request_waits_for_the_next_chunk) {
  append(3, 80);
  const LogEnd end = node.chunks.end();
  auto waiting = follow({.end = end, .waitMs = 10'000});
  settle();
  BOOST_TEST(!waiting.poll(io.waitScope));
  append(80);
  BOOST_TEST((taken(wait(kj::mv(waiting)), end) == node.chunks.end()));
}

BOOST_AUTO_TEST_CASE(a_wait_without_a_chunk_ends_empty) {
  append(3, 80);
  const LogEnd end = node.chunks.end();
  const Answer answer = wait(follow({.end = end, .waitMs = 20}));
  BOOST_TEST((taken(answer, end) == end));
}

BOOST_AUTO_TEST_CASE(digests_come_with_the_answer_once) {
  append(80);
  node.notes.add({"orders_by_region", {1}, uint128{7} << 64 | 9});
  auto request = feed.followRequest();
  request.initRequest().initFollower().initId(16);
  const auto answer = wait(request.send());
  const auto notes = answer.getBatch().getNotes();
  BOOST_REQUIRE(notes.size() == 1u);
  BOOST_TEST((notes[0].getRelation() == "orders_by_region"));
  BOOST_TEST(notes[0].getPosition() == 1u);
  BOOST_TEST((notes[0].getHigh() == 7u && notes[0].getLow() == 9u));
  BOOST_TEST(answer.getBatch().getModel().size() == 16u);
  auto again = feed.followRequest();
  again.initRequest().setNotesAfter(answer.getBatch().getNotesNext());
  again.getRequest().initFollower().initId(16);
  BOOST_TEST(wait(again.send()).getBatch().getNotes().size() == 0u);
}

BOOST_AUTO_TEST_CASE(another_logs_replica_is_refused_wherever_it_stands) {
  append(5, 80);
  LogEnd other = node.chunks.end();
  other.hash.low ^= 1;
  BOOST_TEST(contains(failure(follow({.end = other})).what(), "another log: chunk 4"));
  other.next = {2};
  BOOST_TEST(contains(failure(follow({.end = other})).what(), "another log: chunk 1"));
}

BOOST_AUTO_TEST_CASE(a_replica_that_has_more_is_told_that_it_was_lost_here) {
  append(5, 80);
  LogEnd ahead = node.chunks.end();
  ahead.next = {9};
  const ClientError error = failure(follow({.end = ahead}));
  BOOST_TEST(error.kind == ClientError::Kind::lost);
  BOOST_TEST(contains(error.what(), "promote"));
}

BOOST_FIXTURE_TEST_CASE(one_that_another_replica_has_not_may_only_not_have_come_so_far,
                        ReplicaFeeds) {
  append(5, 80);
  LogEnd ahead = node.chunks.end();
  ahead.next = {9};
  BOOST_TEST(failure(follow({.end = ahead})).kind == ClientError::Kind::overloaded);
}

BOOST_AUTO_TEST_CASE(a_feed_takes_one_request_at_a_time) {
  append(80);
  auto first = follow({.end = node.chunks.end(), .waitMs = 10'000});
  settle();
  BOOST_TEST(failure(follow({})).kind == ClientError::Kind::overloaded);
  append(80);
  wait(kj::mv(first));
  wait(follow({}));
}

BOOST_AUTO_TEST_CASE(requests_without_sense_are_refused) {
  append(3, 80);
  BOOST_TEST(contains(failure(follow({.id = "short"})).what(), "16 bytes"));
  auto request = feed.followRequest();
  request.initRequest().setFrom(1);
  BOOST_TEST(contains(failure(request.send().ignoreResult()).what(), "16 bytes"));
}

BOOST_AUTO_TEST_CASE(status_lists_who_follows_and_how_far_behind_it_is) {
  append(4, 80);
  Replica first(*this);
  wait(follow(first.feed, {.maxBytes = 8, .id = "aaaaaaaaaaaaaaaa"}));
  auto waiting = follow({.end = node.chunks.end(), .waitMs = 10'000, .id = "bbbbbbbbbbbbbbbb"});
  settle();
  const auto answer = status();
  const auto replicas = answer.getStatus().getReplicas();
  BOOST_REQUIRE(replicas.size() == 2u);
  BOOST_TEST((replicas[0].getName() == "there:aaaaaaaaaaaaaaaa"));
  BOOST_TEST((replicas[0].getState() == "catching up"));
  BOOST_TEST(replicas[0].getLagEvents() == 4u);
  BOOST_TEST(replicas[0].getLagMs() == 17u);
  BOOST_TEST((replicas[1].getState() == "following"));
  BOOST_TEST(replicas[1].getPosition() == 4u);
  BOOST_TEST(!answer.getStatus().hasUpstream());
}

BOOST_AUTO_TEST_CASE(there_are_not_more_followers_than_the_limit) {
  append(80);
  std::vector<std::unique_ptr<Replica>> replicas;
  for (size_t i = 0; i < kMaxFollowers; ++i) {
    replicas.push_back(std::make_unique<Replica>(*this));
    wait(follow(replicas.back()->feed, {.id = fmt::format("{:016}", i)}));
  }
  BOOST_TEST(failure(follow({.id = "one more to come"})).kind == ClientError::Kind::overloaded);
  wait(follow(replicas[3]->feed, {.id = fmt::format("{:016}", 3)}));
}

BOOST_AUTO_TEST_CASE(a_connection_is_one_follower_whatever_it_calls_itself) {
  append(80);
  Replica real(*this);
  auto waiting =
      follow(real.feed, {.end = node.chunks.end(), .waitMs = 10'000, .id = "the real replica"});
  for (int i = 0; i < 100; ++i) wait(follow({.id = fmt::format("{:016}", i)}));
  settle();
  const auto answer = status();
  const auto listed = answer.getStatus().getReplicas();
  BOOST_REQUIRE(listed.size() == 2u);
  BOOST_TEST((listed[0].getName() == "there:0000000000000099"));
  BOOST_TEST((listed[1].getName() == "there:the real replica"));
  // And there is room for another real one; a replica that comes back is the same.
  Replica other(*this);
  wait(follow(other.feed, {.id = "the real replica"}));
  append(80);
  wait(kj::mv(waiting));
  wait(follow(real.feed, {.id = "another, as real"}));
  BOOST_TEST(status().getStatus().getReplicas().size() == 3u);
}

BOOST_AUTO_TEST_CASE(at_the_limit_who_is_silent_gives_way) {
  kj::TimerImpl clock(io.provider->getTimer().now());
  struct Nobody final : DurableWaker {
    void tellDurable(bool) override {}
  } nobody;
  FeedHub hub(clock, nobody);
  capnp::MallocMessageBuilder message;
  auto follower = message.initRoot<wire::FeedRequest::Follower>();
  const auto come = [&](size_t number) {
    const std::string id = fmt::format("{:016}", number);
    follower.setId({reinterpret_cast<const capnp::byte*>(id.data()), id.size()});
    return hub.note(follower.asReader(), number + 1);
  };
  for (size_t i = 0; i < kMaxFollowers; ++i) {
    const uint64_t noted = come(i);
    if (i == 1 || i == 2) hub.answered(noted);  // the others wait for a chunk
  }
  BOOST_CHECK_THROW(come(kMaxFollowers), kj::Exception);
  clock.advanceTo(clock.now() + (kFollowerSilentMs + 1) * kj::MILLISECONDS);
  come(kMaxFollowers);
  come(kMaxFollowers + 1);
  BOOST_CHECK_THROW(come(kMaxFollowers + 2), kj::Exception);
  BOOST_TEST(hub.followers({}).size() == kMaxFollowers);
  for (const FollowerStatus& status : hub.followers({})) BOOST_TEST(status.state == "following");
}

BOOST_AUTO_TEST_CASE(a_primary_follows_nobody) {
  append(80);
  BOOST_TEST(wait(follow({})).getBatch().getChain().size() == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_replica_tells_whom_it_follows, ReplicaFeeds) {
  append(80);
  const auto answer = wait(follow({}));
  const auto chain = answer.getBatch().getChain();
  BOOST_REQUIRE(chain.size() == 2u);
  BOOST_TEST((chain[0].getName() == "me:1"));
  BOOST_TEST(chain[1].getId().size() == kFollowerIdBytes);
}

BOOST_AUTO_TEST_CASE(a_follower_that_is_gone_no_longer_waits) {
  append(80);
  {
    auto gone = follow({.end = node.chunks.end(), .waitMs = 10'000});
    settle();
  }
  settle();
  wait(follow({}));  // the feed is free again
}

BOOST_FIXTURE_TEST_CASE(a_replica_names_the_primary_to_those_who_send_commands, ReplicaFeeds) {
  auto commands = client->session().commandsRequest().send().getCommands();
  const ClientError error = failure(commands.submitRequest().send().ignoreResult());
  BOOST_TEST(error.kind == ClientError::Kind::notPrimary);
  BOOST_TEST(contains(error.what(), "first:7400"));
  auto stock = connectStock();
  const auto login = wait(stock->bootstrap().loginRequest().send());
  BOOST_TEST((login.getNode().getRole() == "replica"));
  BOOST_TEST((login.getNode().getPrimary() == "first:7400"));
  const auto answer = status();
  BOOST_TEST((answer.getStatus().getRole() == "replica"));
  BOOST_TEST((answer.getStatus().getUpstream().getAddress() == "up:1"));
}

BOOST_FIXTURE_TEST_CASE(a_replica_waits_for_a_token_that_it_has_not_come_to, ReplicaFeeds) {
  upstream.known = {9};
  node.publish(5);
  auto waiting = get({"South"}, token(9), 10'000);
  settle();
  BOOST_TEST(!waiting.poll(io.waitScope));
  node.publish(9);
  BOOST_TEST(wait(kj::mv(waiting)).getCut().getPosition() == 9u);
}

BOOST_FIXTURE_TEST_CASE(a_replicas_lag_counts_what_its_upstream_has, ReplicaFeeds) {
  upstream.known = {12};
  node.publish(5);
  const Get answer = wait(get({"South"}));
  BOOST_TEST(answer.getCut().getLagEvents() == 7u);
  BOOST_TEST(answer.getCut().getLagMs() == 40u);
}

BOOST_AUTO_TEST_CASE(a_view_that_diverged_is_not_read) {
  node.publish(5);
  node.relation("orders_by_region").outOfServiceWhy = "its digest is another one";
  const ClientError error = failure(get({"South"}));
  BOOST_TEST(contains(error.what(), "out of service"));
  BOOST_TEST(contains(error.what(), "its digest is another one"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
