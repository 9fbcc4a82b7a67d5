// Socket files: whose they are, from the moment that they are there until they are not.
#include "server/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace facet {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    char name[] = "/tmp/facet-listen-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }

  fs::path path;
  fs::path socket() const { return path / "socket"; }
  Listener listener() const { return {"unix:" + socket().string(), Exposure::loopback}; }
  bool isEmpty() const { return fs::is_empty(path); }

  sockaddr_un name() const {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    socket().string().copy(out.sun_path, sizeof(out.sun_path) - 1);
    return out;
  }
  bool answers() const {
    const kj::AutoCloseFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr_un to = name();
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  }
  /// What another program does: binds, and listens.
  kj::AutoCloseFd another() const {
    kj::AutoCloseFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr_un at = name();
    BOOST_REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0);
    BOOST_REQUIRE(::listen(fd, 1) == 0);
    return fd;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(listeners, Folder)

BOOST_AUTO_TEST_CASE(a_path_is_taken_before_anybody_listens_on_it) {
  {
    Listener first = listener();
    BOOST_CHECK_THROW(listener(), ListenError);
    first.start();
    BOOST_TEST(answers());
    BOOST_CHECK_THROW(listener(), ListenError);
    BOOST_TEST(answers());
  }
  BOOST_TEST(isEmpty());
}

BOOST_AUTO_TEST_CASE(what_a_server_that_was_killed_has_left_is_replaced) {
  another();  // closed, and its file stays
  BOOST_REQUIRE(fs::exists(socket()));
  Listener mine = listener();
  mine.start();
  BOOST_TEST(answers());
}

BOOST_AUTO_TEST_CASE(the_socket_of_another_program_stays) {
  const kj::AutoCloseFd other = another();
  BOOST_CHECK_THROW(listener(), ListenError);
  BOOST_TEST(answers());
}

BOOST_AUTO_TEST_CASE(at_the_end_only_the_own_file_is_removed) {
  kj::AutoCloseFd other;
  {
    Listener first = listener();
    first.start();
    fs::remove(socket());
    other = another();
  }
  BOOST_TEST(answers());
}

BOOST_AUTO_TEST_CASE(moved_it_is_still_the_same) {
  auto first = std::make_unique<Listener>(listener());
  Listener second(kj::mv(*first));
  first = nullptr;
  BOOST_CHECK_THROW(listener(), ListenError);
  second.start();
  BOOST_TEST(answers());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet
