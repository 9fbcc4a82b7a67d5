#include "tests/model/vocabulary.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>

#include "values/assert.h"

namespace facet::test {
namespace {

namespace fs = std::filesystem;

std::string joined(const ModelError& error) {
  std::string out;
  for (ModelProblem problem : error.problems()) {
    if (!problem.place.empty()) problem.line = 0;  // places_test.cc is about these
    out += (out.empty() ? "" : "\n") + formatProblem(problem);
  }
  return out;
}

}  // namespace

std::string capnpFile(const std::string& declarations) {
  return "@0xd2a49c31e07b6f15;\nusing Facet = import \"/facet/model.capnp\";\n" + declarations;
}

ModelPtr modelOf(const std::string& declarations, const std::string& views) {
  return loadModel(
      std::vector<ModelFile>{{"a.capnp", capnpFile(declarations)}, {"views.sql", views}});
}

std::string problemsOf(const std::string& declarations, const std::string& views) {
  return problemsOf({{"a.capnp", capnpFile(declarations)}, {"views.sql", views}});
}

std::string problemsOf(std::vector<ModelFile> files) {
  try {
    loadModel(std::move(files));
    return {};
  } catch (const ModelError& error) {
    return joined(error);
  }
}

std::vector<ModelFile> shopFiles() {
  const fs::path here = fs::path(FACET_SOURCE) / "tests/model";
  std::vector<ModelFile> files = readModelFiles(here);
  std::erase_if(files,
                [](const ModelFile& f) { return f.name != "shop.capnp" && f.name != "views.sql"; });
  return files;
}

ModelPtr shop() {
  return loadModel(shopFiles());
}

std::string shopAnd(const std::string& declarations) {
  const std::string text = shopFiles().front().content;
  return text.substr(text.find("struct Customers")) + declarations;
}

const Field& fieldOf(const std::vector<Field>& fields, const std::string& sqlName) {
  const auto found = std::ranges::find(fields, sqlName, &Field::name);
  BOOST_REQUIRE_MESSAGE(found != fields.end(), "no field " << sqlName);
  return *found;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "facet-model-XXXXXX").string();
  FACET_ASSERT(mkdtemp(name.data()) != nullptr, name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void TemporaryFolder::write(const std::string& name, const std::string& content) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << content;
}

}  // namespace facet::test
