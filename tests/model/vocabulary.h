// What the tests of model/ are written with.
#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "model/codec.h"
#include "model/load.h"
#include "model/model.h"

namespace facet::test {

using ModelPtr = std::shared_ptr<const Model>;

/// A .capnp file with an id, facet's annotations, and these declarations.
std::string capnpFile(const std::string& declarations);

/// A model of one .capnp file with these declarations, and one views.sql.
ModelPtr modelOf(const std::string& declarations, const std::string& views = "");
/// Everything that is wrong with it, one formatted problem after another; empty if it loads.
std::string problemsOf(const std::string& declarations, const std::string& views = "");
std::string problemsOf(std::vector<ModelFile> files);

/// The contract's sample: shop.capnp and views.sql beside this file.
std::vector<ModelFile> shopFiles();
ModelPtr shop();

/// The contract's tables and events, and what else is declared.
std::string shopAnd(const std::string& declarations);

const Field& fieldOf(const std::vector<Field>& fields, const std::string& sqlName);

/// A folder that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace facet::test
