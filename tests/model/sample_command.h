// A command to be decoded, for tests: its schema writes the messages. Thread: owner.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include "model/schema_files.h"
#include "tests/model/vocabulary.h"
#include "values/text.h"

namespace facet::test {

/// A model with one command, C, and the schema of its struct for writing messages.
class Sample {
 public:
  explicit Sample(const std::string& declarations)
      : files_{{"a.capnp", capnpFile(declarations)}},
        model_(loadModel(files_)),
        parsed_(files_, problems_) {
    for (const ParsedStruct& found : parsed_.structs()) {
      if (found.name == "C") schema_ = found.schema;
    }
    message_.initRoot<capnp::DynamicStruct>(schema_);
  }

  capnp::DynamicStruct::Builder in() { return message_.getRoot<capnp::DynamicStruct>(schema_); }
  capnp::MallocMessageBuilder& message() { return message_; }
  const CommandType& command() const { return model_->commands().at(0); }
  const StructDecoder& decoder() const { return model_->codecs().command(0); }

  std::string decode(capnp::AnyStruct::Reader struct_) const {
    std::string row(8, 'x');  // rows are appended
    const auto problem = decoder().decode(struct_, row);
    if (problem) {
      BOOST_TEST(row.size() == 8U);
      return command().fields[problem->field].name + " " + problem->reason;
    }
    const std::string_view bytes = std::string_view(row).substr(8);
    BOOST_TEST(isValidRow(command().layout, bytes));
    BOOST_TEST(isCanonical(bytes));
    std::string out;
    const std::vector<uint64_t> aligned = copy(bytes);
    for (size_t i = 0; i < command().fields.size(); ++i) {
      const Value value = Row(aligned.data()).get(command().layout, i);
      out +=
          (i == 0 ? "" : "|") + (value.isNull() ? "NULL" : toText(command().fields[i].type, value));
    }
    return out;
  }
  std::string decode() { return decode(message_.getRoot<capnp::AnyStruct>().asReader()); }

 private:
  static std::vector<uint64_t> copy(std::string_view bytes) {
    std::vector<uint64_t> words(bytes.size() / 8);
    bytes.copy(reinterpret_cast<char*>(words.data()), bytes.size());
    return words;
  }

  /// Whether a RowBuilder gives the same bytes for the same values.
  bool isCanonical(std::string_view bytes) const {
    const std::vector<uint64_t> aligned = copy(bytes);
    RowBuilder builder;
    builder.start(command().layout);
    for (size_t i = 0; i < command().fields.size(); ++i) {
      builder.set(i, Row(aligned.data()).get(command().layout, i));
    }
    return builder.finish().bytes() == bytes;
  }

  std::vector<ModelFile> files_;
  ModelPtr model_;
  std::vector<ModelProblem> problems_;
  SchemaFiles parsed_;
  capnp::StructSchema schema_;
  capnp::MallocMessageBuilder message_;
};

inline std::string command(const std::string& fields) {
  return "struct C $Facet.command() { " + fields + " }\n";
}

}  // namespace facet::test
