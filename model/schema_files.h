// Parsing a model's .capnp files with Cap'n Proto's own parser, from memory, with a fresh parser
// for each load. Internal to model/. Thread: belongs to one load.
#pragma once

#include <capnp/schema-parser.h>

#include <memory>
#include <string>
#include <vector>

#include "model/load.h"

namespace facet {

/// A struct that a model's own file declares.
struct ParsedStruct {
  std::string file;
  std::string name;  // Outer.Inner for nested ones
  capnp::StructSchema schema;
};

class SchemaFiles {
 public:
  /// Parses every .capnp file of `files` that is in the model's folder itself; those in folders
  /// below are parsed when they are imported. What is wrong goes to `problems`; then structs() is
  /// empty.
  SchemaFiles(const std::vector<ModelFile>& files, std::vector<ModelProblem>& problems);
  ~SchemaFiles();

  const std::vector<ParsedStruct>& structs() const { return structs_; }
  /// Id of the first file.
  uint64_t fileId() const { return fileId_; }

 private:
  class Source;
  struct Context;
  std::unique_ptr<Context> context_;
  std::unique_ptr<capnp::SchemaParser> parser_;
  std::vector<ParsedStruct> structs_;
  uint64_t fileId_ = 0;
};

/// Paths that `import` and `embed` in a .capnp file name, as written: what must be read with it.
std::vector<std::string> importedPaths(std::string_view content);

/// The file of the model that an import in `importer` names; empty if it would be outside of the
/// folder.
std::string resolveImport(std::string_view importer, std::string_view path);

/// Whether it is one of the files that the program brings along.
bool isBuiltIn(std::string_view importPath);

/// Whether it ends in ".capnp".
bool isSchemaFile(std::string_view name);

}  // namespace facet
