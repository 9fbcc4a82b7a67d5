#include "cli/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cli/exit_code.h"
#include "cli/limits.h"

namespace facet {

CsvReader::CsvReader(InputFile& input, char separator) : input_(input), separator_(separator) {
  buffer_.resize(kReadBytes);
}

/// More bytes behind those of the record that is being scanned; false at the end of the file.
bool CsvReader::fill() {
  if (ended_) return false;
  makeRoom();
  const size_t got = input_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

/// Behind the record so far, which is moved to the front; of one that is bad nothing is kept. A
/// record that is too long is bad; but where it is a quote that does not end, what would follow as
/// records may be text.
void CsvReader::makeRoom() {
  if (end_ - start_ >= kMaxRecordBytes && state_ != State::skipping) {
    const std::string problem =
        fmt::format("the record is longer than {} MB", kMaxRecordBytes >> 20);
    if (state_ == State::quoted || state_ == State::afterQuote) {
      throw Failure(ExitCode::failed,
                    fmt::format("line {}: {}; is the quote that opens on line {} never closed?",
                                recordLine_, problem, quoteLine_));
    }
    blame(problem);
  }
  if (state_ == State::skipping) start_ = at_;
  if (start_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
    at_ -= start_;
    end_ -= start_;
    start_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
}

/// A file that was joined from others, or saved twice, can have several.
void CsvReader::skipMarks() {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  begun_ = true;
  do {
    while (end_ - at_ < kMark.size() && fill()) {
    }
  } while (std::string_view(buffer_).substr(at_, end_ - at_).starts_with(kMark) &&
           (start_ = at_ += kMark.size()) > 0);
  findLineEnd();
}

/// A return ends a line where the file's beginning has one and no newline outside of quotes.
void CsvReader::findLineEnd() {
  bool quoted = false;
  bool returned = false;
  for (size_t at = at_; at < kReadBytes && (at < end_ || fill()); ++at) {
    const char c = buffer_[at];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') return;
    if (c == '\r') returned = true;
  }
  if (returned) lineEnd_ = '\r';
}

void CsvReader::endField(size_t end) {
  span_.end = end - start_;
  if (!span_.quoted && span_.end > span_.begin && buffer_[end - 1] == '\r' && lineEnd_ != '\r' &&
      (end == end_ || buffer_[end] == '\n')) {
    --span_.end;
  }
  spans_.push_back(span_);
  state_ = State::fieldStart;
}

void CsvReader::blame(std::string problem) {
  problem_ = std::move(problem);
  state_ = State::skipping;
}

/// Goes on to the record's end; false: there are no more bytes.
bool CsvReader::scan() {
  const char* bytes = buffer_.data();
  while (at_ < end_) {
    const char c = bytes[at_++];
    switch (state_) {
      case State::fieldStart:
        span_ = {at_ - 1 - start_, 0, false, false};
        if (c == '"') {
          span_ = {at_ - start_, 0, true, false};
          quoteLine_ = line_;
          state_ = State::quoted;
          break;
        }
        state_ = State::plain;
        [[fallthrough]];
      case State::plain:
        if (c == separator_) endField(at_ - 1);
        if (c == lineEnd_) {
          endField(at_ - 1);
          ++line_;
          return true;
        }
        break;
      case State::quoted:
        if (c == '"') state_ = State::afterQuote;
        if (c == lineEnd_) ++line_;
        break;
      case State::afterQuote: {
        const bool afterReturn = bytes[at_ - 2] == '\r' && lineEnd_ != '\r';
        if (c == lineEnd_ || (c == separator_ && !afterReturn)) {
          endField(at_ - (afterReturn ? 3 : 2));
          if (c == separator_) break;
          ++line_;
          return true;
        }
        if (c == '"' && !afterReturn) {
          span_.escapes = true;
          state_ = State::quoted;
        } else if (c != '\r' || afterReturn) {
          blame("text behind a closing quote; a quote inside of a field is written twice");
        }
        break;
      }
      case State::skipping:
        if (c != lineEnd_) break;
        ++line_;
        return true;
    }
  }
  return false;
}

void CsvReader::endRecordAtFileEnd() {
  switch (state_) {
    case State::quoted:
      blame(fmt::format("the quote that opens on line {} is never closed", quoteLine_));
      return;
    case State::afterQuote:
      endField(end_ - (buffer_[end_ - 1] == '\r' ? 2 : 1));
      return;
    case State::fieldStart:
      span_ = {end_ - start_, 0, false, false};
      [[fallthrough]];
    case State::plain:
      endField(end_);
      return;
    case State::skipping:
      return;
  }
}

void CsvReader::unescape(Span& span) {
  char* const begin = buffer_.data() + start_ + span.begin;
  char* const end = buffer_.data() + start_ + span.end;
  char* to = begin;
  for (const char* from = begin; from < end; ++from) {
    if (*from == '"') ++from;
    *to++ = *from;
  }
  span.end = span.begin + static_cast<size_t>(to - begin);
}

CsvReader::Result CsvReader::deliver() {
  for (Span& span : spans_) {
    if (span.escapes) unescape(span);
    fields_.push_back({{buffer_.data() + start_ + span.begin, span.end - span.begin}, span.quoted});
  }
  return Result::record;
}

CsvReader::Result CsvReader::next() {
  if (!begun_) skipMarks();
  while (true) {
    start_ = at_;
    recordLine_ = line_;
    state_ = State::fieldStart;
    spans_.clear();
    fields_.clear();
    problem_.clear();
    while (!scan()) {
      if (fill()) continue;
      if (start_ == end_ && state_ != State::skipping) return Result::end;
      endRecordAtFileEnd();
      break;
    }
    if (!problem_.empty()) return Result::bad;
    const bool nothing =
        spans_.size() == 1 && !spans_[0].quoted && spans_[0].begin == spans_[0].end;
    if (!nothing) return deliver();
  }
}

}  // namespace facet
