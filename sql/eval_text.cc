// Text functions, by characters (code points) as in a UTF-8 database. What they build lies in the
// arena; a part of an argument is returned as it is, without a copy. Padding and trimming are in
// eval_text_shape.cc.
#include "sql/eval_text.h"

#include <openssl/evp.h>

#include <cstring>

#include "sql/eval_node.h"
#include "sql/eval_utf8.h"
#include "values/text.h"

namespace facet {
namespace {

using Args = std::span<const Value>;

Value joinTexts(Kind kind, std::string_view a, std::string_view b, Arena& arena) {
  char* out = allocateText(arena, a.size() + b.size());
  if (out == nullptr) return Value::error(ErrorCode::tooLarge);
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), out));
  std::string_view joined(out, a.size() + b.size());
  return kind == Kind::bytes ? Value::bytes(joined) : Value::text(joined);
}

Value concatenate(Args args, const CallSite& site, Arena& arena) {
  return joinTexts(site.result.kind, args[0].asText(), args[1].asText(), arena);
}

/// concat(...): of any number of texts, NULLs are skipped.
class Concat final : public EvalNode {
 public:
  explicit Concat(Nodes args) : args_(std::move(args)) {}
  Value evaluate(const EvalContext& context) const override {
    Value out = Value::text({});
    for (const NodePtr& arg : args_) {
      Value value = arg->evaluate(context);
      if (value.isError()) return value;
      if (value.isNull() || value.asText().empty()) continue;
      out = out.asText().empty()
                ? value
                : joinTexts(Kind::text, out.asText(), value.asText(), *context.arena);
      if (out.isError()) return out;
      if (!context.arena->work().spend(out.asText().size())) return tooMuch(context);
    }
    return out;
  }

 private:
  Nodes args_;
};

/// Text in which nothing changes is returned as it is.
template <char (*convert)(char)>
Value mapAscii(Args args, const CallSite&, Arena& arena) {
  std::string_view text = args[0].asText();
  auto changes = [](char c) { return convert(c) != c; };
  if (std::none_of(text.begin(), text.end(), changes)) return args[0];
  char* out = allocateText(arena, text.size());
  if (out == nullptr) return Value::error(ErrorCode::tooLarge);
  std::transform(text.begin(), text.end(), out, convert);
  return Value::text({out, text.size()});
}

Value integerOf(size_t n) {
  return Value::integer(Kind::int32, static_cast<int64_t>(n));
}

Value length(Args args, const CallSite& site, Arena&) {
  std::string_view text = args[0].asText();
  return integerOf(site.argument.kind == Kind::bytes ? text.size() : textLength(text));
}
Value octetLength(Args args, const CallSite&, Arena&) {
  return integerOf(args[0].asText().size());
}

Value positionOf(Args args, const CallSite&, Arena&) {
  size_t at = findText(args[0].asText(), args[1].asText());
  if (at == std::string_view::npos) return integerOf(0);
  return integerOf(textLength(args[0].asText().substr(0, at)) + 1);
}

Value startsWith(Args args, const CallSite&, Arena&) {
  return Value::boolean(args[0].asText().starts_with(args[1].asText()));
}

/// substring(text, start [, length]): the characters start … start + length - 1 that there are.
Value substring(Args args, const CallSite&, Arena&) {
  std::string_view text = args[0].asText();
  int64_t first = args[1].asInt();
  int64_t begin = std::max<int64_t>(first, 1);
  text.remove_prefix(prefixBytes(text, static_cast<size_t>(begin - 1)));
  if (args.size() > 2) {
    int64_t count = args[2].asInt();
    if (count < 0) return Value::error(ErrorCode::invalidArgument);
    int64_t end = std::max(first + count, begin);
    text = text.substr(0, prefixBytes(text, static_cast<size_t>(end - begin)));
  }
  return Value::text(text);
}

/// All characters but the first `n`, or, of a negative n, …: left and right are the two parts of
/// one cut.
size_t cutFromStart(std::string_view text, int64_t n) {
  if (n >= 0) return prefixBytes(text, static_cast<size_t>(n));
  size_t end = text.size();
  for (; n < 0 && end > 0; n++) end -= lastCharacterBytes(text.substr(0, end));
  return end;
}

Value leftPart(Args args, const CallSite&, Arena&) {
  std::string_view text = args[0].asText();
  return Value::text(text.substr(0, cutFromStart(text, args[1].asInt())));
}
Value rightPart(Args args, const CallSite&, Arena&) {
  std::string_view text = args[0].asText();
  int64_t n = args[1].asInt();
  if (n == 0) return Value::text({});
  return Value::text(text.substr(cutFromStart(text, -n)));
}

/// split_part(text, delimiter, n): the n-th field, from the end if n is negative.
Value splitPart(Args args, const CallSite&, Arena&) {
  std::string_view text = args[0].asText();
  std::string_view delimiter = args[1].asText();
  int64_t n = args[2].asInt();
  if (n == 0) return Value::error(ErrorCode::invalidArgument);
  if (delimiter.empty()) return Value::text(n == 1 || n == -1 ? text : std::string_view());
  if (n > 0) {
    for (; n > 1; n--) {
      size_t at = findText(text, delimiter);
      if (at == std::string_view::npos) return Value::text({});
      text.remove_prefix(at + delimiter.size());
    }
    return Value::text(text.substr(0, findText(text, delimiter)));
  }
  return Value::text(fieldFromEnd(text, delimiter, -n));
}

/// replace(text, from, to)
Value replaceAll(Args args, const CallSite&, Arena& arena) {
  std::string_view text = args[0].asText();
  std::string_view from = args[1].asText();
  std::string_view to = args[2].asText();
  size_t count = from.empty() ? 0 : countOf(text, from);
  if (count == 0) return args[0];
  size_t size = text.size() - count * from.size() + count * to.size();
  char* out = allocateText(arena, size);
  if (out == nullptr) return Value::error(ErrorCode::tooLarge);
  char* end = out;
  for (; count > 0; count--) {
    size_t at = findText(text, from);
    end = std::copy_n(text.data(), at, end);
    end = std::copy(to.begin(), to.end(), end);
    text.remove_prefix(at + from.size());
  }
  std::copy(text.begin(), text.end(), end);
  return Value::text({out, size});
}

Value reversed(Args args, const CallSite&, Arena& arena) {
  std::string_view text = args[0].asText();
  char* out = allocateText(arena, text.size());
  if (out == nullptr) return Value::error(ErrorCode::tooLarge);
  size_t size = text.size();
  for (char* end = out + size; !text.empty();) {
    size_t bytes = characterBytes(text);
    end -= bytes;
    std::copy_n(text.data(), bytes, end);
    text.remove_prefix(bytes);
  }
  return Value::text({out, size});
}

Value md5Hex(Args args, const CallSite&, Arena& arena) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string_view text = args[0].asText();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  int done = EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  FACET_ASSERT(done == 1 && size == 16, done, size);
  char* out = arena.allocate(size_t{2} * size);
  for (size_t i = 0; i < size; i++) {
    out[2 * i] = kDigits[digest[i] >> 4];
    out[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return Value::text({out, size_t{2} * size});
}

/// A digest takes several times as long as a look.
uint64_t md5Cost(Args args) {
  return 4 * lengthOf(args);
}

/// Each character is looked for among those to trim.
uint64_t trimCost(Args args) {
  const uint64_t length = args[0].asText().size();
  return args.size() < 2 ? length : length + length * (args[1].asText().size() / 16);
}

CostFunction costOf(Op op) {
  if (op == Op::md5) return md5Cost;
  const bool trims = op == Op::trimBoth || op == Op::trimLeft || op == Op::trimRight;
  return trims ? trimCost : lengthOf;
}

StrictFunction functionOf(Op op) {
  switch (op) {
    case Op::concatenate:
      return concatenate;
    case Op::lower:
      return mapAscii<asciiLower>;
    case Op::upper:
      return mapAscii<asciiUpper>;
    case Op::length:
      return length;
    case Op::substring:
      return substring;
    case Op::position:
      return positionOf;
    case Op::replace:
      return replaceAll;
    case Op::left:
      return leftPart;
    case Op::right:
      return rightPart;
    case Op::startsWith:
      return startsWith;
    case Op::splitPart:
      return splitPart;
    case Op::reverse:
      return reversed;
    case Op::octetLength:
      return octetLength;
    case Op::md5:
      return md5Hex;
    default:
      return shapingFunction(op);
  }
}

}  // namespace

NodePtr makeText(const Expr& expr, Nodes args) {
  if (expr.op == Op::concat) return std::make_unique<Concat>(std::move(args));
  return makeStrict(expr, std::move(args), functionOf(expr.op), costOf(expr.op));
}

}  // namespace facet
