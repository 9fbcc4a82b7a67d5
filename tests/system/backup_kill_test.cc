// Backups and restores are killed at any time: the backup stays what it was, or becomes what it is
// to be; a folder that is restored to is whole, or refused.
//
// FACET_KILLS: how many of each (50). FACET_SEED: of their times (1).
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>

#include "tests/system/backup.h"
#include "tests/system/counter.h"

namespace facet::system_test {
namespace {

/// Entries at first, and more before each backup: it takes some hundredths of a second.
constexpr uint64_t kFirstEntries = 20'000;
constexpr uint64_t kMoreEntries = 200;

uint64_t environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Kills {
  const uint64_t kills = environment("FACET_KILLS", 50);
  const uint64_t seed = environment("FACET_SEED", 1);
  const TemporaryFolder folder;
  std::mt19937_64 random{seed};
  uint64_t entries = 0;
  uint64_t cutShort = 0;

  void add(const Server& server, uint64_t count) {
    const Ended done = server.run(submitEntries(), entryLines({entries + 1, count}));
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.errors);
    entries += count;
  }

  /// How long it takes when nobody ends it.
  template <typename Call>
  static std::chrono::microseconds duration(Call&& call) {
    const auto began = Clock::now();
    call();
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
  }

  /// Kills it at some time in its life, which takes about so long.
  void kill(Process process, std::chrono::microseconds life) {
    const auto count = static_cast<uint64_t>(life.count());
    process.readLine(Clock::now() + std::chrono::microseconds(random() % (count + 1)));
    process.signal(SIGKILL);
    cutShort += process.wait() == 0 ? 0 : 1;
  }

  void report(const char* what) const {
    std::cout << fmt::format("{} {} killed, {} of them before their end\n", kills, what, cutShort);
    BOOST_TEST(cutShort * 4 > kills, "the kills come too late to be of use");
  }
};

enum class Begin : uint8_t { whole, later };

/// A primary, and the node that is backed up: itself, or a replica whose log begins later.
struct Nodes {
  Kills& test;
  Server primary;
  std::optional<Server> replica;

  Nodes(Kills& kills, Begin begin) : test(kills), primary(counter(kills.folder / "data")) {
    test.add(primary, kFirstEntries / 2);
    if (begin == Begin::later) {
      primary.row({"snapshot", "create"});
      replica.emplace(replicaOf(primary.address(), test.folder / "replica"));
    }
    add(kFirstEntries / 2);
  }

  void add(uint64_t count) {
    test.add(primary, count);
    if (replica) caughtUp(*replica, primary);
  }
  const Server& backedUp() const { return replica ? *replica : primary; }
};

void killBackups(Kills& test, Begin begin) {
  const bool later = begin == Begin::later;
  Nodes nodes(test, begin);
  const Server& server = nodes.backedUp();
  const fs::path backup = test.folder / "backup";
  const auto life = Kills::duration([&] { backUp(server, test.folder / "measured"); });
  uint64_t whole = 0;  // the position of the last whole backup; 0: there is none
  for (uint64_t i = 0; i < test.kills; ++i) {
    BOOST_TEST_CONTEXT("kill " << i << "; replay: FACET_SEED=" << test.seed
                               << " test_backup_kill") {
      if (i % 3 == 0) {
        fs::remove_all(backup);
        whole = 0;
      }
      // The snapshots on the server come and go.
      if (later && i % 5 == 0) server.row({"snapshot", "create"});
      nodes.add(kMoreEntries);
      test.kill(server.begin({"backup", backup.string(), "--json"}), whole == 0 ? life : life / 3);
      fs::remove_all(test.folder / "new");
      const Ended ended = tryToRestore(backup, test.folder / "new");
      if (ended.code == 0) {
        const uint64_t position = Json::parse(ended.out).at("position");
        BOOST_TEST((position == test.entries || (position == whole && whole > 0)));
        BOOST_TEST(Json::parse(ended.out).contains("begins_after") == later);
      } else {
        BOOST_TEST(whole == 0u, ended.errors);
        BOOST_TEST((ended.errors.find("not whole") != std::string::npos ||
                    ended.errors.find("neither a backup") != std::string::npos),
                   ended.errors);
      }
      const Json made = backUp(server, backup);
      BOOST_TEST(made.at("position") == test.entries);
      BOOST_TEST(made.contains("earliest") == later);
      whole = test.entries;
    }
  }
  fs::remove_all(test.folder / "new");
  BOOST_TEST((digestsOf(restore(backup, test.folder / "new")) == nodes.primary.digests()));
  test.report("backups");
}

void killRestores(Kills& test, Begin begin) {
  const fs::path backup = test.folder / "backup";
  Digests digests;
  {
    const Nodes nodes(test, begin);
    digests = nodes.primary.digests();
    backUp(nodes.backedUp(), backup);
  }
  const auto life = Kills::duration([&] { restore(backup, test.folder / "measured"); });
  const fs::path data = test.folder / "new";
  for (uint64_t i = 0; i < test.kills; ++i) {
    BOOST_TEST_CONTEXT("kill " << i << "; replay: FACET_SEED=" << test.seed
                               << " test_backup_kill") {
      test.kill(Process({program(), "restore", "--json", "--from", backup.string(), "--data",
                         data.string()}),
                life);
      if (fs::exists(data / "facet-data")) {
        const Server server(counter(data));
        BOOST_TEST((server.digests() == digests));
      } else if (fs::exists(data / "restoring")) {
        checkRefused(failToServe(counter(data)), 1, "cut short");
        checkRefused(tryToRestore(backup, data), 1, "cut short");
      } else {
        BOOST_TEST((digestsOf(restore(backup, data)) == digests));
      }
      fs::remove_all(data);
    }
  }
  BOOST_TEST((digestsOf(restore(backup, data)) == digests));
  test.report("restores");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_kill, Kills)

BOOST_AUTO_TEST_CASE(a_killed_backup_is_what_it_was_or_what_it_is_to_be) {
  killBackups(*this, Begin::whole);
}

BOOST_AUTO_TEST_CASE(so_is_one_of_a_replica_whose_log_begins_later) {
  killBackups(*this, Begin::later);
}

BOOST_AUTO_TEST_CASE(a_killed_restore_is_whole_or_refused) {
  killRestores(*this, Begin::whole);
}

BOOST_AUTO_TEST_CASE(so_is_one_of_a_log_that_begins_later) {
  killRestores(*this, Begin::later);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
