// The schemas that clients compile, whatever their language is.
#include <capnp/schema-parser.h>
#include <kj/filesystem.h>

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include "schema/embedded.h"
#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

std::string readFile(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

void write(const kj::Directory& folder, const char* path, const std::string& content) {
  folder.openFile(kj::Path::parse(path), kj::WriteMode::CREATE | kj::WriteMode::CREATE_PARENT)
      ->writeAll(kj::StringPtr(content.c_str(), content.size()));
}

std::string inLowerCase(kj::StringPtr name) {
  std::string out;
  for (const char c : name) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Names in one scope that differ in case alone, of everything in it and below.
void collectCollisions(const capnp::ParsedSchema& scope, std::vector<std::string>& out) {
  std::set<std::string> names;
  for (const auto& nested : scope.getAllNested()) {
    const auto proto = nested.getProto();
    const kj::StringPtr name = proto.getDisplayName().slice(proto.getDisplayNamePrefixLength());
    if (!names.insert(inLowerCase(name)).second) out.emplace_back(name.cStr());
    collectCollisions(nested, out);
  }
}

std::vector<std::string> collisionsIn(const std::string& schema) {
  const auto folder = kj::newInMemoryDirectory(kj::nullClock());
  write(*folder, "facet.capnp", schema);
  write(*folder, "capnp/c++.capnp", std::string(kCxxCapnp));
  const kj::ReadableDirectory* imports[] = {folder.get()};
  const capnp::SchemaParser parser;
  std::vector<std::string> out;
  collectCollisions(parser.parseFromDirectory(*folder, kj::Path("facet.capnp"), imports), out);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(published_names)

/// Generators make a Rust module `table` of both `annotation table` and `struct Table`.
BOOST_AUTO_TEST_CASE(no_two_names_of_a_scope_differ_in_case_alone) {
  BOOST_TEST(collisionsIn(std::string(kModelCapnp)).size() == 0U);
  BOOST_TEST(
      collisionsIn(readFile(std::filesystem::path(FACET_SOURCE) / "schema/facet.capnp")).size() ==
      0U);
  BOOST_TEST(collisionsIn("@0xd2a49c31e07b6f15; annotation table (struct) :Table; struct Table {}")
                 .size() == 1U);
  BOOST_TEST(
      collisionsIn("@0xd2a49c31e07b6f15; struct A { struct Bc {} enum BC { d @0; } }").size() ==
      1U);
}

BOOST_AUTO_TEST_CASE(the_annotations_keep_their_ids) {
  const std::string text(kModelCapnp);
  for (const char* const declared :
       {"@0xe1c4a7d29b3f5860;", "annotation table     @0xb0a1f3c2d4e5f601 (struct)",
        "annotation event     @0xb0a1f3c2d4e5f602 (struct)",
        "annotation command   @0xb0a1f3c2d4e5f603 (struct)",
        "annotation date      @0xb0a1f3c2d4e5f604 (field)",
        "annotation timestamp @0xb0a1f3c2d4e5f605 (field)",
        "annotation decimal   @0xb0a1f3c2d4e5f606 (field)",
        "annotation nullValue @0xb0a1f3c2d4e5f607 (field)"}) {
    BOOST_TEST(text.find(declared) != std::string::npos, declared);
  }
}

BOOST_AUTO_TEST_SUITE_END()
