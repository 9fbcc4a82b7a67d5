// The operator's log of a serving process: lines on stderr, each with its time (UTC) and level, as
// text or as one JSON object a line. This is the one place that decides where they go and how they
// look: server/ writes with spdlog's functions (spdlog::warn and its like), deeper rooms tell
// through NodeListener and NodeOptions. Thread: open by main, before there are others; lines by
// any.
#pragma once

#include <cstdint>

namespace facet {

enum class LogLevel : uint8_t { trace, debug, info, warn, error, off };
enum class LogFormat : uint8_t {
  text,  // 2026-03-01T12:30:05.123Z warn  the message
  json   // {"time":"2026-03-01T12:30:05.123Z","level":"warn","message":"the message"}
};

struct LogOptions {
  LogLevel level = LogLevel::info;  // what is less is not written
  LogFormat format = LogFormat::text;
};

/// From here on lines go to stderr, by these options. A line is whole, whichever threads write, and
/// is there when the call returns. Control characters in a message are shown as blanks, or escaped
/// in JSON: a line stays a line.
void openOperatorLog(LogOptions options);

}  // namespace facet
