#include "cli/line_reader.h"

#include <cstring>

#include "cli/limits.h"

namespace facet {

LineReader::LineReader(InputFile& input) : input_(input) {
  buffer_.resize(kReadBytes);
}

bool LineReader::fill() {
  if (ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
  end_ -= at_;
  at_ = 0;
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const size_t got = input_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

std::optional<std::string_view> LineReader::next() {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  size_t scanned = 0;
  const void* found = nullptr;
  tooLong_ = false;
  while (true) {
    const char* from = buffer_.data() + at_ + scanned;
    found = std::memchr(from, '\n', end_ - at_ - scanned);
    if (found != nullptr) break;
    scanned = end_ - at_;
    if (scanned >= kMaxRecordBytes) {
      tooLong_ = true;
      at_ = end_;
      scanned = 0;
    }
    if (!fill()) break;
  }
  if (found == nullptr && at_ == end_ && !tooLong_) return std::nullopt;
  const size_t end = found == nullptr
                         ? end_
                         : static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
  std::string_view line(buffer_.data() + at_, end - at_);
  at_ = found == nullptr ? end_ : end + 1;
  while (line_ == 0 && line.starts_with(kMark)) line.remove_prefix(kMark.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++line_;
  return tooLong_ ? std::string_view() : line;
}

}  // namespace facet
