#include "model/schema_files.h"

#include <fmt/format.h>
#include <kj/debug.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/limits.h"
#include "model/names.h"
#include "model/schema_places.h"
#include "schema/embedded.h"

namespace facet {
namespace {

constexpr std::string_view kModelPath = "/facet/model.capnp";
constexpr std::string_view kCxxPath = "/capnp/c++.capnp";

std::string_view toView(kj::StringPtr text) {
  return {text.begin(), text.size()};
}

void collect(const std::string& file, const std::string& prefix, capnp::ParsedSchema parent,
             std::vector<ParsedStruct>& out) {
  for (const capnp::ParsedSchema nested : parent.getAllNested()) {
    const auto proto = nested.getProto();
    const std::string name =
        prefix +
        std::string(toView(proto.getDisplayName()).substr(proto.getDisplayNamePrefixLength()));
    if (proto.isStruct()) out.push_back({file, name, nested.asStruct()});
    collect(file, name + ".", nested, out);
  }
}

/// Looks for what the parser would recurse into too deeply. `visitString` gets every string
/// literal, with the word before it.
template <typename VisitString>
std::string scan(std::string_view text, size_t& at, VisitString&& visitString) {
  size_t depth = 0;
  size_t chain = 0;
  std::string_view word;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size() - 1);
    } else if (c == '"') {
      const size_t begin = ++at;
      while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
      visitString(word, text.substr(begin, std::min(at, text.size()) - begin));
      word = {};
    } else if (c == '(' || c == '[' || c == '{') {
      if (++depth > kMaxNesting) return fmt::format("more than {} levels of brackets", kMaxNesting);
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == '.') {
      if (++chain > kMaxNameChain) {
        return fmt::format("more than {} names in a chain", kMaxNameChain);
      }
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      const size_t begin = at;
      while (at + 1 < text.size() && std::isalnum(static_cast<unsigned char>(text[at + 1])) != 0)
        ++at;
      word = text.substr(begin, at + 1 - begin);
      continue;
    }
    if (c == ';' || c == ',' || c == '=' || c == '{') chain = 0;
    if (std::isspace(static_cast<unsigned char>(c)) == 0 && c != '"') word = {};
  }
  return {};
}

/// The first name in quotes.
std::string_view quotedName(std::string_view message) {
  const size_t open = message.find('\'');
  const size_t close = message.find('\'', open + 1);
  return close == message.npos ? std::string_view() : message.substr(open + 1, close - open - 1);
}

/// What `how` can be, and what people write for it.
const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> kHows = {
    {"insert", {"add", "create", "new", "append", "put"}},
    {"upsert", {"set", "replace", "merge", "save", "write"}},
    {"update", {"change", "modify", "patch"}},
    {"delete", {"remove", "erase", "drop", "del"}},
};

std::string adviceForUndefined(std::string_view name) {
  if (name == "Facet") return "write at the top: using Facet = import \"/facet/model.capnp\";";
  if (name == "String" || name == "string") return "text is Text";
  if (name == "Timestamp") return "a time is Int64 $Facet.timestamp";
  if (name == "Date") return "a day is Int32 $Facet.date";
  if (name == "Decimal") return "an exact decimal is Int64 $Facet.decimal(2)";
  for (const auto& [how, others] : kHows) {
    if (std::ranges::find(others, name) != others.end()) {
      return fmt::format("if it says how a row is written: how = {}", how);
    }
  }
  return didYouMean(name, {"Bool", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32",
                           "UInt64", "Float32", "Float64", "Text", "Data", "List", "Facet",
                           "insert", "upsert", "update", "delete"});
}

std::string adviceFor(std::string_view message) {
  constexpr std::string_view kNotDefined = "Not defined: ";
  if (message.starts_with("Import failed: ")) {
    return "imports are looked for in the model's folder; only /facet/model.capnp and "
           "/capnp/c++.capnp come with facet";
  }
  if (message.starts_with(kNotDefined))
    return adviceForUndefined(message.substr(kNotDefined.size()));
  if (message.ends_with(" requires a value.")) {
    return fmt::format("write it with parentheses: ${}()", quotedName(message));
  }
  if (message.starts_with("'Facet' has no member named ")) {
    const size_t name = message.find("named ") + 6;
    const std::string near =
        didYouMean(quotedName(message.substr(name)),
                   {"table", "event", "command", "date", "timestamp", "decimal", "nullValue"});
    if (!near.empty()) return near;
    return "there are $Facet.table, event and command for structs, and date, timestamp, decimal "
           "and nullValue for fields";
  }
  if (message == "Parse error.") {
    return "look before this place: is a semicolon, a bracket or a quote missing?";
  }
  return {};
}

void explain(ModelProblem& problem) {
  const std::string message = problem.message;
  if (!message.starts_with("File does not declare an ID")) {
    problem.advice = adviceFor(message);
    return;
  }
  problem.message = "the file has no id";
  const size_t at = message.find("@0x");
  if (at == std::string::npos) return;
  problem.advice = fmt::format("add this line at the top of the file: {}", message.substr(at, 20));
}

}  // namespace

struct SchemaFiles::Context {
  std::map<std::string, std::string_view, std::less<>> contents;
  std::vector<ModelProblem>* problems;
  std::set<std::string> reported;  // the parser says some things twice
};

// kj::Own destroys it as what it was made as, so that the base needs no virtual destructor.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
/// A file in memory, as Cap'n Proto's parser sees it.
class SchemaFiles::Source final : public capnp::SchemaFile {
 public:
  Source(Context& context, std::string name, std::string_view content)
      : context_(context), name_(std::move(name)), content_(content) {}

  kj::StringPtr getDisplayName() const override { return name_.c_str(); }

  kj::Array<const char> readContent() const override {
    return kj::heapArray<char>(content_.data(), content_.size());
  }

  kj::Maybe<kj::Own<SchemaFile>> import(kj::StringPtr path) const override {
    const std::string_view wanted = toView(path);
    if (wanted == kModelPath) return open(std::string(kModelPath), kModelCapnp);
    if (wanted == kCxxPath) return open(std::string(kCxxPath), kCxxCapnp);
    const auto found = context_.contents.find(resolveImport(name_, wanted));
    if (found == context_.contents.end()) return nullptr;
    return open(found->first, found->second);
  }

  bool operator==(const SchemaFile& other) const override {
    return name_ == dynamic_cast<const Source&>(other).name_;
  }
  bool operator!=(const SchemaFile& other) const override { return !(*this == other); }
  size_t hashCode() const override { return std::hash<std::string>()(name_); }

  void reportError(SourcePos start, SourcePos, kj::StringPtr message) const override {
    if (context_.problems->size() >= kMaxParseErrors) return;
    const auto [line, column] = lineAndColumn(content_, start.byte);
    // What is missing is said where it is missing first.
    const bool missing = toView(message).starts_with("Not defined: ");
    const std::string report =
        missing ? fmt::format("{}:{}", name_, message.cStr())
                : fmt::format("{}:{}:{}:{}", name_, line, column, message.cStr());
    if (!context_.reported.insert(report).second) return;
    ModelProblem problem{name_, line, column, "", message.cStr(), ""};
    explain(problem);
    context_.problems->push_back(std::move(problem));
  }

 private:
  kj::Own<SchemaFile> open(std::string name, std::string_view content) const {
    return kj::heap<Source>(context_, std::move(name), content);
  }

  Context& context_;
  std::string name_;
  std::string_view content_;
};
#pragma GCC diagnostic pop

SchemaFiles::SchemaFiles(const std::vector<ModelFile>& files, std::vector<ModelProblem>& problems)
    : context_(std::make_unique<Context>()), parser_(std::make_unique<capnp::SchemaParser>()) {
  const size_t before = problems.size();
  context_->problems = &problems;
  for (const ModelFile& file : files) {
    context_->contents.emplace(file.name, file.content);
    if (!isSchemaFile(file.name)) continue;
    size_t at = 0;
    std::string deep = scan(file.content, at, [](std::string_view, std::string_view) {});
    if (deep.empty()) continue;
    const auto [line, column] = lineAndColumn(file.content, at);
    problems.push_back({file.name, line, column, "", deep, ""});
  }
  if (problems.size() != before) return;
  for (const ModelFile& file : files) {
    if (!isSchemaFile(file.name) || file.name.find('/') != std::string::npos) continue;
    try {
      const auto schema = parser_->parseFile(kj::heap<Source>(*context_, file.name, file.content));
      if (problems.size() != before) continue;
      if (fileId_ == 0) fileId_ = schema.getProto().getId();
      collect(file.name, "", schema, structs_);
    } catch (const kj::Exception& e) {
      if (problems.size() != before) continue;  // a consequence of what was reported
      problems.push_back({file.name, 0, 0, "", e.getDescription().cStr(), ""});
    }
  }
  if (problems.size() != before) structs_.clear();
}

SchemaFiles::~SchemaFiles() = default;

std::vector<std::string> importedPaths(std::string_view content) {
  std::vector<std::string> paths;
  size_t at = 0;
  scan(content, at, [&paths](std::string_view word, std::string_view literal) {
    if (word == "import" || word == "embed") paths.emplace_back(literal);
  });
  return paths;
}

std::string resolveImport(std::string_view importer, std::string_view path) {
  std::vector<std::string_view> parts;
  const auto add = [&parts](std::string_view text) {
    while (!text.empty()) {
      const size_t slash = std::min(text.find('/'), text.size());
      const std::string_view part = text.substr(0, slash);
      text.remove_prefix(std::min(slash + 1, text.size()));
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        return false;
      } else {
        parts.pop_back();
      }
    }
    return true;
  };
  const size_t folder = importer.rfind('/');
  const bool relative = !path.starts_with('/');
  if (relative && folder != std::string_view::npos) add(importer.substr(0, folder));
  if (!add(path)) return {};
  return fmt::format("{}", fmt::join(parts, "/"));
}

bool isBuiltIn(std::string_view importPath) {
  return importPath == kModelPath || importPath == kCxxPath;
}

bool isSchemaFile(std::string_view name) {
  return name.ends_with(".capnp");
}

}  // namespace facet
