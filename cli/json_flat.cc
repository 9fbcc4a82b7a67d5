#include "cli/json_flat.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace facet {
namespace {

using Json = nlohmann::json;

void appendElement(std::string& array, const std::optional<std::string>& element) {
  array += array.empty() ? '{' : ',';
  if (!element) {
    array += "NULL";
    return;
  }
  array += '"';
  for (const char c : *element) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

/// What the parser reports, as cells. Ends at the first thing that has no place in a record.
class FlatReader final : public nlohmann::json_sax<Json> {
 public:
  enum class Root : uint8_t { object, array };
  explicit FlatReader(Root root) : root_(root) {}

  std::vector<JsonCell> cells;
  std::vector<std::optional<std::string>> elements;
  std::string problem;

  bool null() override { return scalar(std::nullopt); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) override { return scalar(written); }
  bool string(string_t& value) override { return scalar(std::move(value)); }
  bool binary(binary_t&) override { return fail("binary values are no JSON"); }

  bool start_object(std::size_t) override {
    if (inArray_ && !inElement_) return startElement();
    if (prefixes_.empty() && root_ == Root::array) return fail("it is no array");
    prefixes_.push_back(path_.size());
    return true;
  }
  bool key(string_t& name) override {
    path_.resize(prefixes_.back());
    if (!path_.empty()) path_ += '.';
    path_ += name;
    return true;
  }
  bool end_object() override {
    path_.resize(prefixes_.back());
    prefixes_.pop_back();
    if (inElement_ && prefixes_.size() == listDepth_) {
      inElement_ = false;
      path_ = std::move(listPath_);
    }
    return true;
  }
  bool start_array(std::size_t) override {
    if (inArray_) return fail("a list in a list can't be given here");
    if (prefixes_.empty() && root_ == Root::object) return fail("it is no object");
    inArray_ = true;
    elements.clear();
    objects_.clear();
    return true;
  }
  bool end_array() override {
    inArray_ = false;
    if (root_ == Root::array) return true;
    if (!objects_.empty()) {
      cells.push_back({path_, std::nullopt, true, std::move(objects_)});
      return true;
    }
    std::string text;
    for (const auto& element : elements) appendElement(text, element);
    cells.push_back({path_, text.empty() ? "{}" : text + "}", true, {}});
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    if (error.id == kNumberOverflow) {
      const size_t number = token.find_last_not_of("0123456789+-.eE") + 1;
      return fail("the number " + token.substr(number) + " is out of the range of every type");
    }
    std::string text = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error ..."
    if (const size_t at = text.find(": "); at != text.npos) text = text.substr(at + 2);
    return fail("no valid JSON at character " + std::to_string(position) + ": " + text);
  }

 private:
  static constexpr int kNumberOverflow = 406;  // the library's number for valid JSON that is none

  /// An object in a list: its paths begin anew.
  bool startElement() {
    if (root_ == Root::array) return fail("a list of objects can't be given here");
    if (!elements.empty()) return fail(kMixed);
    objects_.emplace_back();
    inElement_ = true;
    listDepth_ = prefixes_.size();
    listPath_ = std::move(path_);
    path_.clear();
    prefixes_.push_back(0);
    return true;
  }
  bool scalar(std::optional<std::string> text) {
    if (inElement_) {
      objects_.back().push_back({path_, std::move(text), false, {}});
      return true;
    }
    if (inArray_) {
      if (!objects_.empty()) return fail(kMixed);
      elements.push_back(std::move(text));
      return true;
    }
    if (prefixes_.empty()) {
      return fail(root_ == Root::object ? "it is no object" : "it is no array");
    }
    cells.push_back({path_, std::move(text), false, {}});
    return true;
  }
  bool fail(std::string text) {
    problem = std::move(text);
    return false;
  }

  static constexpr const char* kMixed = "a list has objects and other values";

  const Root root_;
  std::string path_;
  std::vector<size_t> prefixes_;  // by depth: length of the path around it
  bool inArray_ = false;
  // A list of objects.
  std::vector<std::vector<JsonCell>> objects_;
  bool inElement_ = false;
  size_t listDepth_ = 0;  // objects around the list
  std::string listPath_;
};

std::string read(FlatReader& reader, std::string_view text) {
  if (!Json::sax_parse(text.begin(), text.end(), &reader) && reader.problem.empty()) {
    return "no valid JSON";
  }
  return std::move(reader.problem);
}

}  // namespace

std::string flattenJson(std::string_view object, std::vector<JsonCell>& out) {
  FlatReader reader(FlatReader::Root::object);
  std::string problem = read(reader, object);
  out = std::move(reader.cells);
  return problem;
}

std::string readJsonArray(std::string_view array, std::vector<std::optional<std::string>>& out) {
  FlatReader reader(FlatReader::Root::array);
  std::string problem = read(reader, array);
  out = std::move(reader.elements);
  return problem;
}

}  // namespace facet
