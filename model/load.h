// Loading a model: from a folder, or from files that a log's control record holds. Thread: any;
// each call is on its own.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/model.h"

namespace facet {

/// One thing that is wrong with a model: where, what, and what to write instead.
struct ModelProblem {
  std::string file;  // relative to the model's folder
  int line = 0;      // from 1; 0: the file as a whole
  int column = 0;
  std::string place;  // in a struct: "PlaceOrder.check[0]", "Orders.total"
  std::string message;
  std::string advice;  // may be empty
};

/// "shop.capnp:15:28: PlaceOrder.check[0]: column "totl" does not exist\n  did you mean "total"?"
std::string formatProblem(const ModelProblem& problem);

/// Thrown with everything that was found.
class ModelError : public std::runtime_error {
 public:
  explicit ModelError(std::vector<ModelProblem> problems);
  const std::vector<ModelProblem>& problems() const { return problems_; }

 private:
  std::vector<ModelProblem> problems_;
};

/// Reads the files of a model as they go into the log: all .capnp and .sql files in the folder, and
/// what their imports name in folders below it. Throws ModelError.
std::vector<ModelFile> readModelFiles(const std::filesystem::path& folder);

/// Loads a model. Events and tables that `previous` (or null) has keep their indexes, which are on
/// disk; new ones go behind. Whether the log of `previous` can go on with it is a question of its
/// own: compatibility.h. Throws ModelError.
std::shared_ptr<const Model> loadModel(std::vector<ModelFile> files,
                                       const Model* previous = nullptr);
std::shared_ptr<const Model> loadModel(const std::filesystem::path& folder,
                                       const Model* previous = nullptr);

}  // namespace facet
