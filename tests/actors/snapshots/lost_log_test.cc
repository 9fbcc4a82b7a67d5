// A log that has lost what a snapshot of it has: it is seen, the snapshot kept, and the log can
// begin anew after it.
#include <boost/test/unit_test.hpp>
#include <thread>

#include "actors/snapshots/snapshots.h"
#include "storage/event_log.h"
#include "tests/actors/bank.h"

namespace facet::test {
namespace {

namespace fs = std::filesystem;

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A folder with an older copy of its log put back under a newer snapshot.
struct PutBack {
  const TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  std::mt19937_64 random{5};
  std::map<std::string, uint128> digests;  // at the snapshot
  std::string name;
  Position position;

  PutBack() {
    {
      Bank bank(data);
      bank.openAccounts();
      trade(bank);
      bank.node->stop();
    }
    fs::copy(data / "log", folder.path / "old", fs::copy_options::recursive);
    {
      Bank bank(data);
      trade(bank);
      const SnapshotInfo taken = bank.node->snapshots().create();
      name = taken.name;
      position = taken.manifest.position();
      digests = bank.digests();
      trade(bank);
      bank.node->stop();
    }
    fs::remove_all(data / "log");
    fs::copy(folder.path / "old", data / "log", fs::copy_options::recursive);
  }

  void trade(Bank& bank) {
    for (int i = 0; i < 10; ++i) bank.trade(random, 1 + random() % 20);
    bank.outcomes.waitForAll();
    // Digests are those of the newest cut: it has to be that of the log's end.
    while (bank.node->status().visible < bank.node->head()) std::this_thread::yield();
  }

  fs::path snapshot() const { return data / "snapshots" / name; }

  std::string refusal(const std::string& beginWith = "") {
    try {
      begun(beginWith);
    } catch (const LogFailed& e) {
      BOOST_TEST_MESSAGE(e.what());
      return e.what();
    }
    return {};
  }

  std::unique_ptr<Bank> begun(const std::string& beginWith = "") {
    return std::make_unique<Bank>(data, 2, 0, "",
                                  [&](NodeOptions& options) { options.beginWith = beginWith; });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_log, PutBack)

BOOST_AUTO_TEST_CASE(an_older_copy_under_a_newer_snapshot_is_refused_and_nothing_changed) {
  for (int i = 0; i < 2; ++i) {
    const std::string said = refusal();
    BOOST_TEST(says(said, fmt::format("there is a snapshot of it at position {}", position)));
    BOOST_TEST(says(said, "--begin-with-snapshot " + name));
    BOOST_TEST(fs::exists(snapshot()));
  }
  fs::rename(snapshot(), folder.path / name);
  Bank accepted(data);
  BOOST_TEST((accepted.node->head() < position));
  BOOST_TEST(accepted.notices.empty());
}

BOOST_AUTO_TEST_CASE(the_log_can_begin_anew_after_the_snapshot) {
  Epoch before;
  {
    const auto bank = begun(name);
    BOOST_TEST((bank->node->head() == position));
    BOOST_TEST((bank->digests() == digests));
    BOOST_TEST(fs::exists(data / "log.replaced"));
    // Tokens of what came after it are known for lost.
    before = {bank->node->epoch().value - 1};
    BOOST_REQUIRE(bank->node->endOf(before));
    BOOST_TEST((bank->node->endOf(before)->last == position));
    trade(*bank);
    digests = bank->digests();
    bank->node->stop();
  }
  for (const std::string& option : {name, std::string()}) {
    const auto again = begun(option);
    BOOST_TEST((again->digests() == digests));
    BOOST_TEST(again->node->epoch().value == before.value + 1);
    BOOST_TEST(again->notices.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_log_that_has_what_the_snapshot_has_does_not_begin_anew) {
  fs::rename(snapshot(), folder.path / name);
  std::string taken;
  {
    Bank bank(data);
    trade(bank);
    taken = bank.node->snapshots().create().name;
    trade(bank);
    bank.node->stop();
  }
  BOOST_TEST(says(refusal(taken), "start without --begin-with-snapshot"));
  BOOST_TEST(says(refusal("none"), "there is no such snapshot"));
}

BOOST_AUTO_TEST_CASE(a_log_that_went_on_otherwise_is_refused_too) {
  fs::rename(snapshot(), folder.path / name);
  {
    Bank bank(data);
    for (int i = 0; i < 3 || bank.node->head() <= position; ++i) trade(bank);
    bank.node->stop();
  }
  fs::rename(folder.path / name, snapshot());
  BOOST_TEST(says(refusal(), "another history"));
  BOOST_TEST(fs::exists(snapshot()));
}

BOOST_AUTO_TEST_CASE(a_log_that_was_emptied_is_refused_too) {
  fs::remove_all(data / "log");
  {
    // What is left of a beginning: no chunk.
    const fs::path other = folder.path / "other";
    DataFolder made(other);
    fs::copy(other / "log", data / "log", fs::copy_options::recursive);
  }
  BOOST_TEST(says(refusal(), "there is a snapshot of it at position"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
