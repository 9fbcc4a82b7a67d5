#include <algorithm>
#include <cstring>

#include "sql/eval_text.h"
#include "sql/eval_utf8.h"
#include "values/text.h"

namespace facet {
namespace {

using Args = std::span<const Value>;

/// The characters to trim: args[1], or blanks.
std::string_view trimSet(Args args) {
  return args.size() > 1 ? args[1].asText() : " ";
}

std::string_view trimStart(std::string_view text, std::string_view set) {
  while (!text.empty() && set.find(text.substr(0, characterBytes(text))) != set.npos) {
    text.remove_prefix(characterBytes(text));
  }
  return text;
}

std::string_view trimEnd(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    size_t bytes = lastCharacterBytes(text);
    if (set.find(text.substr(text.size() - bytes)) == set.npos) break;
    text.remove_suffix(bytes);
  }
  return text;
}

Value trimLeft(Args args, const CallSite&, Arena&) {
  return Value::text(trimStart(args[0].asText(), trimSet(args)));
}
Value trimRight(Args args, const CallSite&, Arena&) {
  return Value::text(trimEnd(args[0].asText(), trimSet(args)));
}
Value trimBoth(Args args, const CallSite&, Arena&) {
  std::string_view set = trimSet(args);
  return Value::text(trimEnd(trimStart(args[0].asText(), set), set));
}

/// Bytes of `characters` characters of `fill`, over and over.
size_t fillBytes(std::string_view fill, size_t fillCharacters, size_t characters) {
  return characters / fillCharacters * fill.size() + prefixBytes(fill, characters % fillCharacters);
}

/// The one place where the bytes of a fill are written: `size` of them, over and over.
char* writeFill(char* out, std::string_view fill, size_t size) {
  for (; size > fill.size(); size -= fill.size()) out = std::copy(fill.begin(), fill.end(), out);
  return std::copy_n(fill.data(), size, out);
}

/// lpad, rpad (text, length [, fill]): exactly `length` characters; an empty fill only cuts.
template <bool atStart>
Value pad(Args args, const CallSite&, Arena& arena) {
  std::string_view text = args[0].asText();
  std::string_view fill = args.size() > 2 ? args[2].asText() : " ";
  size_t wanted = static_cast<size_t>(std::max<int64_t>(args[1].asInt(), 0));
  size_t have = textLength(text);
  if (have >= wanted) return Value::text(text.substr(0, prefixBytes(text, wanted)));
  if (fill.empty()) return args[0];
  size_t added = fillBytes(fill, textLength(fill), wanted - have);
  char* out = allocateText(arena, text.size() + added);
  if (out == nullptr) return Value::error(ErrorCode::tooLarge);
  char* end = out;
  if (atStart) end = writeFill(end, fill, added);
  end = std::copy(text.begin(), text.end(), end);
  if (!atStart) writeFill(end, fill, added);
  return Value::text({out, text.size() + added});
}

Value repeat(Args args, const CallSite&, Arena& arena) {
  std::string_view text = args[0].asText();
  size_t times = static_cast<size_t>(std::max<int64_t>(args[1].asInt(), 0));
  if (text.empty() || times == 0) return Value::text({});
  if (times > Arena::kMaxValueBytes) return Value::error(ErrorCode::tooLarge);
  size_t size = text.size() * times;
  char* out = allocateText(arena, size);
  if (out == nullptr) return Value::error(ErrorCode::tooLarge);
  writeFill(out, text, size);
  return Value::text({out, size});
}

}  // namespace

StrictFunction shapingFunction(Op op) {
  switch (op) {
    case Op::trimBoth:
      return trimBoth;
    case Op::trimLeft:
      return trimLeft;
    case Op::trimRight:
      return trimRight;
    case Op::leftPad:
      return pad<true>;
    case Op::rightPad:
      return pad<false>;
    default:
      FACET_ASSERT(op == Op::repeat, static_cast<int>(op));
      return repeat;
  }
}

size_t findText(std::string_view text, std::string_view part) {
  if (part.empty()) return 0;
  const void* found = memmem(text.data(), text.size(), part.data(), part.size());
  if (found == nullptr) return text.npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t countOf(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = findText(text, part); at != text.npos; at = findText(text, part)) {
    count++;
    text.remove_prefix(at + part.size());
  }
  return count;
}

std::string_view fieldFromEnd(std::string_view text, std::string_view delimiter, int64_t n) {
  int64_t fields = static_cast<int64_t>(countOf(text, delimiter)) + 1;
  if (n > fields) return {};
  for (int64_t skip = fields - n; skip > 0; skip--) {
    text.remove_prefix(findText(text, delimiter) + delimiter.size());
  }
  return text.substr(0, findText(text, delimiter));
}

}  // namespace facet
