// A log that is damaged: the node starts again only from a snapshot behind that, and sees to it
// that there is one.
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "actors/snapshots/snapshots.h"
#include "tests/actors/bank.h"
#include "tests/actors/log_feed.h"

namespace facet::test {
namespace {

namespace fs = std::filesystem;

void flipBit(const fs::path& file, size_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 4);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

struct DamagedLog {
  const TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  const fs::path snapshots = data / "snapshots";
  std::mt19937_64 random{11};
  Bank bank{data};

  DamagedLog() {
    bank.openAccounts();
    trade();
  }

  void trade() {
    bank.trade(random, 100);
    bank.outcomes.waitForAll();
  }

  /// Damages the log's last chunk on its disk, and has it met when others have followed.
  void damageLast() {
    const ChunkNumber last{bank.node->log().end().next.value - 1};
    const Position position = bank.node->head();
    std::string chunk;
    bank.node->log().read(last, 1, [&](const ChunkRef& ref) {
      chunk = ref.bytes();
      return false;
    });
    const fs::path file = data / "log" / "00000000000000000000" / "data.mdb";
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(fs::file_size(file), '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const size_t at = bytes.find(chunk);
    BOOST_REQUIRE(at != std::string::npos);
    flipBit(file, at + chunk.size() / 2);
    trade();
    trade();
    const auto meet = [&] {
      bank.node->readLog(position, 1, [](const LoggedEvent&) { return true; });
    };
    BOOST_CHECK_THROW(meet(), LogDamaged);
  }

  /// Waits until there is one from this position on.
  bool isTaken(Position from) {
    return Signal().wait([&] {
      const auto listed = bank.node->snapshots().list();
      return std::any_of(listed.begin(), listed.end(), [&](const SnapshotInfo& info) {
        return info.problem.empty() && info.manifest.position() >= from;
      });
    });
  }

  void requireStart() {
    const auto digests = bank.digests();
    bank.node->stop();
    bank.node = nullptr;
    Bank again(data);
    BOOST_TEST((again.digests() == digests));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(snapshot_needed, DamagedLog)

BOOST_AUTO_TEST_CASE(it_is_tried_again_until_it_can_be_taken) {
  fs::rename(snapshots, folder.path / "away");
  damageLast();
  BOOST_TEST(Signal().wait([&] { return bank.told("tried again until there is one"); }));
  fs::rename(folder.path / "away", snapshots);
  BOOST_TEST(bank.node->status().problems.size() == 2u);
  BOOST_TEST(isTaken(bank.node->head()));
  BOOST_TEST(Signal().wait([&] { return bank.node->status().problems.size() == 1u; }));
  requireStart();
}

BOOST_AUTO_TEST_CASE(one_from_before_the_damage_is_none) {
  bank.node->snapshots().create();
  trade();
  damageLast();
  BOOST_TEST(isTaken(bank.node->head()));
  { const std::lock_guard untilChecked(bank.node->snapshots().exclusive()); }
  const std::string name = bank.node->snapshots().list().back().name;
  trade();
  flipBit(snapshots / name / "manifest", 100);
  BOOST_TEST(bank.node->snapshots().verify().size() == 2u);
  BOOST_TEST(bank.told("one is taken now"));
  BOOST_TEST(isTaken(bank.node->head()));
  requireStart();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
