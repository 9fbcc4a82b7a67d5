// Backups and restores are killed at any time: the backup stays what it was, or becomes what it is
// to be; a folder that is restored to is whole, or refused.
//
// FACET_KILLS: how many of each (50). FACET_SEED: of their times (1).
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
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

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_kill, Kills)

BOOST_AUTO_TEST_CASE(a_killed_backup_is_what_it_was_or_what_it_is_to_be) {
  const Server server(counter(folder / "data"));
  add(server, kFirstEntries);
  const auto life = duration([&] { backUp(server, folder / "measured"); });
  uint64_t whole = 0;  // the position of the last whole backup; 0: there is none
  for (uint64_t i = 0; i < kills; ++i) {
    BOOST_TEST_CONTEXT("kill " << i << "; replay: FACET_SEED=" << seed << " test_backup_kill") {
      if (i % 3 == 0) {
        fs::remove_all(folder / "backup");
        whole = 0;
      }
      add(server, kMoreEntries);
      kill(server.begin({"backup", (folder / "backup").string(), "--json"}),
           whole == 0 ? life : life / 3);
      fs::remove_all(folder / "new");
      const Ended ended = tryToRestore(folder / "backup", folder / "new");
      if (ended.code == 0) {
        const uint64_t position = Json::parse(ended.out).at("position");
        BOOST_TEST((position == entries || (position == whole && whole > 0)));
      } else {
        BOOST_TEST(whole == 0u, ended.errors);
        BOOST_TEST((ended.errors.find("not whole") != std::string::npos ||
                    ended.errors.find("neither a backup") != std::string::npos),
                   ended.errors);
      }
      BOOST_TEST(backUp(server, folder / "backup").at("position") == entries);
      whole = entries;
    }
  }
  fs::remove_all(folder / "new");
  BOOST_TEST((digestsOf(restore(folder / "backup", folder / "new")) == server.digests()));
  report("backups");
}

BOOST_AUTO_TEST_CASE(a_killed_restore_is_whole_or_refused) {
  Digests digests;
  {
    Server server(counter(folder / "data"));
    add(server, kFirstEntries);
    digests = server.digests();
    backUp(server, folder / "backup");
    BOOST_REQUIRE(server.stop() == 0);
  }
  const auto life = duration([&] { restore(folder / "backup", folder / "measured"); });
  const fs::path data = folder / "new";
  for (uint64_t i = 0; i < kills; ++i) {
    BOOST_TEST_CONTEXT("kill " << i << "; replay: FACET_SEED=" << seed << " test_backup_kill") {
      kill(Process({program(), "restore", "--json", "--from", (folder / "backup").string(),
                    "--data", data.string()}),
           life);
      if (fs::exists(data / "facet-data")) {
        const Server server(counter(data));
        BOOST_TEST((server.digests() == digests));
      } else if (fs::exists(data / "restoring")) {
        checkRefused(failToServe(counter(data)), 1, "cut short");
        checkRefused(tryToRestore(folder / "backup", data), 1, "cut short");
      } else {
        BOOST_TEST((digestsOf(restore(folder / "backup", data)) == digests));
      }
      fs::remove_all(data);
    }
  }
  BOOST_TEST((digestsOf(restore(folder / "backup", data)) == digests));
  report("restores");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::system_test
