#include "storage/backup_folder.h"

#include <boost/test/unit_test.hpp>

#include "storage/data_folder.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;
namespace fs = std::filesystem;

namespace {

constexpr LogId kLog{0x1234, 0x5678};
const BackupState kState{kLog, {{7}, {70}, {1}, 1000, {3, 4}}, 2000, "a-snapshot"};

std::string refusal(const fs::path& path, LogId log = kLog) {
  return failureOf([&] { BackupFolder folder(path, log); });
}
std::string refusalToRead(const fs::path& path) {
  return failureOf([&] { BackupFolder folder(path); });
}
std::string refusalToFill(const fs::path& path) {
  return failureOf([&] { UnfinishedDataFolder folder(path); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_folder)

BOOST_AUTO_TEST_CASE(what_the_marker_says_is_known_again) {
  const TemporaryFolder parent;
  {
    BackupFolder folder(parent / "b", kLog);
    BOOST_TEST(!folder.state().has_value());
    folder.finish(kState);
  }
  const BackupFolder folder(parent / "b");
  BOOST_TEST((folder.state()->log == kLog));
  BOOST_TEST((folder.state()->end == kState.end));
  BOOST_TEST(folder.state()->time == 2000);
  BOOST_TEST(folder.state()->snapshot == "a-snapshot");
}

BOOST_AUTO_TEST_CASE(one_that_was_cut_short_is_gone_on_with_and_not_read) {
  const TemporaryFolder parent;
  { const BackupFolder folder(parent / "b", kLog); }
  BOOST_TEST(BackupFolder::isOne(parent / "b"));
  BOOST_TEST(contains(refusalToRead(parent / "b"), "not whole"));
  BOOST_TEST(contains(refusal(parent / "b", {1, 1}), "it is a backup of log"));
  BackupFolder(parent / "b", kLog).finish(kState);
  BOOST_TEST(!fs::exists(parent / "b" / "begun"));
  BOOST_TEST(refusalToRead(parent / "b").empty());
}

BOOST_AUTO_TEST_CASE(folders_of_others_are_refused) {
  const TemporaryFolder parent;
  fs::create_directory(parent / "full");
  writeFile(parent / "full" / "notes", "mine");
  BOOST_TEST(contains(refusal(parent / "full"), "not empty (notes)"));
  { const DataFolder node(parent / "node"); }
  BOOST_TEST(contains(refusal(parent / "node"), "not empty"));
  writeFile(parent / "file", "");
  BOOST_TEST(contains(refusal(parent / "file"), "not a folder"));
}

BOOST_AUTO_TEST_CASE(one_that_is_in_use_is_refused) {
  const TemporaryFolder parent;
  BackupFolder folder(parent / "b", kLog);
  folder.finish(kState);
  BOOST_TEST(contains(refusal(parent / "b"), "in use by process"));
  BOOST_TEST(contains(refusalToRead(parent / "b"), "in use by process"));
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_in_the_marker_is_seen) {
  const TemporaryFolder parent;
  BackupFolder(parent / "b", kLog).finish(kState);
  const fs::path marker = parent / "b" / "facet-backup";
  const std::string sound = readFile(marker);
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string bytes = sound;
    bytes[i] ^= 4;
    writeFile(marker, bytes);
    BOOST_TEST_REQUIRE(contains(refusalToRead(parent / "b"), "facet-backup: it is damaged"));
  }
  writeFile(marker, sound.substr(0, 100));
  BOOST_TEST(contains(refusalToRead(parent / "b"), "it is damaged"));
  writeFile(marker, sound + "x");
  BOOST_TEST(contains(refusal(parent / "b"), "it is damaged"));
}

BOOST_AUTO_TEST_CASE(a_data_folder_that_is_filled_is_nobodys_until_it_is_finished) {
  const TemporaryFolder parent;
  const fs::path path = parent / "d";
  {
    UnfinishedDataFolder folder(path);
    BOOST_TEST(contains(refusalToFill(path), "under way, or was cut short"));
    BOOST_TEST(contains(failureOf([&] { DataFolder other(path); }), "under way, or was cut short"));
    openLmdbLog(optionsFor(folder.logPath()));
    folder.finish();
    BOOST_TEST(contains(refusalToFill(path), "the folder of a node already"));
  }
  const DataFolder folder(path);
  BOOST_TEST(!folder.isNew());
}

BOOST_AUTO_TEST_CASE(a_data_folder_that_was_given_up_is_empty_again) {
  const TemporaryFolder parent;
  {
    const UnfinishedDataFolder folder(parent / "d");
    openLmdbLog(optionsFor(folder.logPath()));
  }
  BOOST_TEST(!fs::exists(parent / "d"));
  fs::create_directory(parent / "d");
  BOOST_TEST(refusalToFill(parent / "d").empty());
  BOOST_TEST(fs::is_empty(parent / "d"));  // and is still there
  writeFile(parent / "d" / "notes", "mine");
  BOOST_TEST(contains(refusalToFill(parent / "d"), "not empty (notes)"));
}

BOOST_AUTO_TEST_SUITE_END()
