#include "storage/data_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "storage/log_id.h"
#include "tests/storage/log_fixture.h"

using namespace facet;
using namespace facet::test;
namespace fs = std::filesystem;

namespace {

std::string refusal(const fs::path& path) {
  return failureOf([&] { DataFolder folder(path); });
}

/// Another process that holds the folder until it is told to end.
class Holder {
 public:
  explicit Holder(const fs::path& path) {
    BOOST_TEST_REQUIRE(::pipe(ready_) == 0);
    BOOST_TEST_REQUIRE(::pipe(end_) == 0);
    pid_ = ::fork();
    if (pid_ == 0) hold(path);
    ::close(ready_[1]);
    char byte = 0;
    BOOST_TEST_REQUIRE(::read(ready_[0], &byte, 1) == 1);
  }
  ~Holder() {
    for (int fd : {ready_[0], end_[0], end_[1]}) ::close(fd);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  [[noreturn]] void hold(const fs::path& path) {
    ::close(end_[1]);
    try {
      DataFolder folder(path);
      char byte = 0;
      if (::write(ready_[1], &byte, 1) == 1 && ::read(end_[0], &byte, 1) == 0) ::_exit(0);
    } catch (const std::exception&) {
    }
    ::_exit(1);
  }

  int ready_[2];
  int end_[2];
  pid_t pid_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(data_folder)

BOOST_AUTO_TEST_CASE(the_log_that_a_replica_follows_is_remembered) {
  TemporaryFolder parent;
  constexpr LogId kId{0x0123456789abcdef, 7};
  {
    DataFolder folder(parent / "d");
    BOOST_TEST(!folder.followed().has_value());
    folder.setFollowed({1, 2});
    folder.setFollowed(kId);
  }
  DataFolder folder(parent / "d");
  BOOST_TEST((folder.followed() == kId));
  writeFile(parent / "d" / "follows", logIdText(kId).substr(1) + "\n");
  BOOST_TEST(contains(failureOf([&] { (void)folder.followed(); }), "follows: it names no log"));
  folder.forgetFollowed();
  BOOST_TEST(!folder.followed().has_value());
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_created_and_known_again) {
  TemporaryFolder parent;
  const fs::path path = parent / "data";
  {
    DataFolder folder(path);
    BOOST_TEST(folder.isNew());
    BOOST_TEST(folder.logPath() == path / "log");
  }
  BOOST_TEST(readFile(path / "facet-data") == "facet data folder, format 1\n");
  DataFolder again(path);
  BOOST_TEST(!again.isNew());
}

BOOST_AUTO_TEST_CASE(an_empty_folder_becomes_ours) {
  TemporaryFolder folder;
  BOOST_TEST(DataFolder(folder.path()).isNew());
}

BOOST_AUTO_TEST_CASE(a_creation_that_was_cut_short_is_finished) {
  TemporaryFolder folder;
  writeFile(folder / "lock", "");
  writeFile(folder / "facet-data.new", "facet da");
  openLmdbLog(optionsFor(folder / "log"));
  BOOST_TEST(DataFolder(folder.path()).isNew());
}

BOOST_AUTO_TEST_CASE(a_folder_that_lost_its_log_is_refused) {
  TemporaryFolder parent;
  const fs::path path = parent / "data";
  appendChunks(*openLmdbLog(optionsFor(DataFolder(path).logPath())), 2, 8);
  fs::rename(path / "log", parent / "elsewhere");
  BOOST_TEST(contains(refusal(path), "log is missing"));
  fs::rename(parent / "elsewhere", path / "log");
  BOOST_TEST(refusal(path).empty());
}

BOOST_AUTO_TEST_CASE(a_log_in_a_folder_without_a_marker_is_refused_and_kept) {
  TemporaryFolder parent;
  const fs::path path = parent / "data";
  appendChunks(*openLmdbLog(optionsFor(DataFolder(path).logPath())), 2, 8);
  fs::remove(path / "facet-data");
  BOOST_TEST(contains(refusal(path), "not empty (log)"));
  BOOST_TEST(reopenedEnd(optionsFor(path / "log")).next.value == 2u);
}

BOOST_AUTO_TEST_CASE(a_folder_of_somebody_else_is_refused_and_left_alone) {
  TemporaryFolder folder;
  writeFile(folder / "thesis.tex", "x");
  BOOST_TEST(contains(refusal(folder.path()), "not empty (thesis.tex)"));
  BOOST_TEST(!fs::exists(folder / "lock"));
}

BOOST_AUTO_TEST_CASE(a_file_and_a_missing_parent_are_refused) {
  TemporaryFolder folder;
  writeFile(folder / "file", "x");
  BOOST_TEST(contains(refusal(folder / "file"), "not a folder"));
  BOOST_TEST(contains(refusal(folder / "a/b"), "cannot create"));
}

BOOST_AUTO_TEST_CASE(a_newer_format_and_a_damaged_marker_are_refused) {
  TemporaryFolder folder;
  writeFile(folder / "facet-data", "facet data folder, format 2\n");
  BOOST_TEST(contains(refusal(folder.path()), "format 2"));
  for (const char* damaged : {"", "facet data folder, format ", "facet data folder, format 1",
                              "facet data folder, format x\n", "Facet data folder, format 1\n"}) {
    writeFile(folder / "facet-data", damaged);
    BOOST_TEST(contains(refusal(folder.path()), "does not say"), damaged);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_in_use_is_refused_naming_the_process) {
  TemporaryFolder folder;
  {
    Holder holder(folder.path());
    BOOST_TEST(contains(refusal(folder.path()), "process " + std::to_string(holder.pid()) + ";"));
  }
  BOOST_TEST(refusal(folder.path()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
