#include "cli/input_form.h"

#include <algorithm>

namespace facet {
namespace {

struct Magic {
  std::string_view bytes;
  const char* what;
};

constexpr const char* kUtf16 =
    "it is UTF-16: make it UTF-8 (iconv -f UTF-16 -t UTF-8, or \"CSV UTF-8\" where it is saved)";

using namespace std::string_view_literals;
constexpr Magic kMagics[] = {
    {"\xff\xfe"sv, kUtf16},
    {"\xfe\xff"sv, kUtf16},
    {"\x1f\x8b"sv, "it is compressed with gzip: zcat FILE | facet submit … -"},
    {"\x28\xb5\x2f\xfd"sv, "it is compressed with zstd: zstdcat FILE | facet submit … -"},
    {"\xfd\x37zXZ"sv, "it is compressed with xz: xzcat FILE | facet submit … -"},
    {"BZh91AY&SY"sv, "it is compressed with bzip2: bzcat FILE | facet submit … -"},
    {"PK\x03\x04"sv,
     "it is a zip archive or a spreadsheet (xlsx, ods): unpack it, or save it as CSV"},
    {"\xd0\xcf\x11\xe0"sv, "it is a spreadsheet (xls): save it as CSV"},
    {"PAR1\x15"sv, "it is Parquet: write it as CSV or JSON lines"},
    {"%PDF-"sv, "it is a PDF"},
};

}  // namespace

std::string foreignForm(std::string_view head) {
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes)) return magic.what;
  }
  // Without its mark, UTF-16 of ASCII has a NUL in every other byte.
  const auto nuls = std::count(head.begin(), head.end(), '\0');
  if (nuls == 0) return {};
  if (head.size() >= 4 && static_cast<size_t>(nuls) >= head.size() / 2 - 1) return kUtf16;
  return "it has NUL bytes: it is no text";
}

}  // namespace facet
