#include "tests/system/backup.h"

#include <boost/test/unit_test.hpp>

namespace facet::system_test {
namespace {

Json result(const Ended& ended) {
  BOOST_REQUIRE_MESSAGE(ended.code == 0, ended.errors);
  const std::vector<Json> lines = jsonLines(ended.out);
  BOOST_REQUIRE(lines.size() == 1u);
  return lines.front();
}

}  // namespace

Json backUp(const Server& server, const fs::path& folder) {
  return result(server.run({"backup", folder.string(), "--json"}));
}

Ended tryToRestore(const fs::path& from, const fs::path& data, const Words& more) {
  Words words{"restore", "--json", "--from", from.string(), "--data", data.string()};
  words.insert(words.end(), more.begin(), more.end());
  return facetProgram(words);
}

Json restore(const fs::path& from, const fs::path& data, const Words& more) {
  return result(tryToRestore(from, data, more));
}

Digests digestsOf(const Json& restored) {
  Digests out;
  for (const char* kind : {"views", "tables"}) {
    for (const auto& [name, digest] : restored.at(kind).items()) out[name] = digest;
  }
  return out;
}

void damage(const fs::path& file, const std::string& text) {
  std::string bytes = readFile(file);
  size_t place = bytes.find(text);
  BOOST_REQUIRE(place != std::string::npos);
  for (; place != std::string::npos; place = bytes.find(text, place)) bytes[place] ^= 1;
  writeFile(file, bytes);
}

void damageAt(const fs::path& file, size_t place) {
  std::string bytes = readFile(file);
  bytes.at(place) ^= 1;
  writeFile(file, bytes);
}

void damageMiddle(const fs::path& file) {
  std::string bytes = readFile(file);
  for (size_t place = bytes.size() / 4; place < bytes.size() / 4 * 3; place += 64)
    bytes[place] ^= 1;
  writeFile(file, bytes);
}

void checkRefused(const Ended& ended, int code, const std::string& said) {
  BOOST_TEST(ended.code == code);
  BOOST_TEST(ended.out.empty(), ended.out);
  BOOST_TEST(ended.errors.find(said) != std::string::npos, ended.errors);
}

}  // namespace facet::system_test
