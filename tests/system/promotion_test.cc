// A replica is made the primary: what the old one had and it had not is another history, for
// tokens, backups, and the old one's folder.
#include <boost/test/unit_test.hpp>

#include "tests/system/backup.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

void add(const Server& server, EntryRange entries) {
  const Ended done = server.run(submitEntries({}, 10), entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
}

constexpr const char* kNumbered = "123e4567-e89b-12d3-a456-426614174000";

/// The token of a submit, of a client that numbers its commands if it has an id.
std::string tokenOf(const Server& server, EntryRange entries, const std::string& client = {}) {
  const Words words = submitEntries(client, 10);
  const Ended done = server.run(words, entryLines(entries));
  BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
  return jsonLines(done.out).back().at("token");
}

Ended read(const Server& server, const std::string& token) {
  return server.run({"sql", "SELECT count(*) FROM kept", "--at-least", token});
}

/// An old primary with 40 entries that its replica, which is then made the primary, has not.
struct Promoted {
  const TemporaryFolder folder;
  std::string shared;  // tokens of what both have, and of what only the old one had
  std::string lost;
  std::unique_ptr<Server> primary;

  Promoted() {
    {
      Server old(counter(folder / "old"));
      shared = tokenOf(old, {1, 100}, kNumbered);
      {
        Server replica(replicaOf(old.address(), folder / "replica"));
        caughtUp(replica, old);
        BOOST_REQUIRE(replica.stop() == 0);
      }
      lost = tokenOf(old, {101, 40});
      backUp(old, folder / "backup");
      BOOST_REQUIRE(old.stop() == 0);
    }
    primary = std::make_unique<Server>(counter(folder / "replica"));
  }

  /// More, and less, than the old one had.
  void checkRefusals() {
    BOOST_TEST(read(*primary, shared).code == 0);
    const Ended ended = read(*primary, lost);
    BOOST_TEST(ended.code != 0);
    BOOST_TEST(ended.errors.find("lost: ") != std::string::npos, ended.errors);
    checkRefused(tryToBackUp(), 1, "name another folder");
    const Ended follower = tryToFollow();
    BOOST_TEST(follower.code == 1);
    BOOST_TEST(follower.errors.find("lost: ") != std::string::npos, follower.errors);
  }

  Ended tryToBackUp() const { return primary->run({"backup", (folder / "backup").string()}); }
  Ended tryToFollow() const {
    Process replica = beginServing(replicaOf(primary->address(), folder / "old"));
    Ended out;
    out.out = replica.readAll();
    out.code = replica.wait();
    out.errors = replica.errors();
    return out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(promotion, Promoted)

BOOST_AUTO_TEST_CASE(it_begins_a_new_epoch_once) {
  BOOST_TEST(primary->status().at("epoch") == 2);
  BOOST_REQUIRE(primary->stop() == 0);
  primary = std::make_unique<Server>(counter(folder / "replica"));
  BOOST_TEST(primary->status().at("epoch") == 2);
  const Server follower(replicaOf(primary->address(), folder / "follower"));
  BOOST_TEST(caughtUp(follower, *primary).at("epoch") == 2);
  const Ended ended = read(follower, lost);
  BOOST_TEST(ended.errors.find("lost: ") != std::string::npos, ended.errors);
}

BOOST_AUTO_TEST_CASE(what_only_the_old_one_had_is_lost_also_when_there_is_more_now) {
  checkRefusals();
  add(*primary, {201, 100});
  checkRefusals();
  BOOST_REQUIRE(primary->run({"snapshot", "create"}).code == 0);
  BOOST_REQUIRE(primary->stop() == 0);
  primary = std::make_unique<Server>(counter(folder / "replica"));
  BOOST_REQUIRE(primary->readySnapshot() > 0u);
  checkRefusals();
}

BOOST_AUTO_TEST_CASE(a_backup_of_the_other_history_stays_whole) {
  add(*primary, {201, 100});
  checkRefused(tryToBackUp(), 1, "Nothing was changed here");
  restore(folder / "backup", folder / "restored");
  const Server restored(counter(folder / "restored"));
  checkShown(restored, 140);
}

/// What became of numbers 1 to 100 is known here too, and what each of them was.
BOOST_AUTO_TEST_CASE(it_knows_the_commands_that_it_followed) {
  const auto send = [&](const std::string& lines) {
    const Words words = submitEntries(kNumbered, 10);
    return jsonLines(primary->run(words, lines).out).back();
  };
  const Json again = send(entryLines({1, 20}));
  BOOST_TEST(again.at("duplicates") == 20, again.dump());
  const Json other = send(entryLines({301, 20}));
  BOOST_TEST(other.at("rejected") == 20, other.dump());
  BOOST_TEST(other.dump().find("of this client was another command") != std::string::npos);
  BOOST_REQUIRE(primary->run({"snapshot", "create"}).code == 0);
  BOOST_REQUIRE(primary->stop() == 0);
  primary = std::make_unique<Server>(counter(folder / "replica"));
  BOOST_REQUIRE(primary->readySnapshot() > 0u);
  BOOST_TEST(send(entryLines({1, 20})).at("duplicates") == 20);
  BOOST_TEST(send(entryLines({301, 20})).at("rejected") == 20);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
