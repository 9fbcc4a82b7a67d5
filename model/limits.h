// Limits of models, each with its reason both ways. Constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// Files of one model. More than anybody maintains by hand; each is parsed, and kept in the log's
/// control record.
constexpr size_t kMaxModelFiles = 256;

/// Bytes of one file. Hand-written files have tens of KiB, generated ones hundreds; the parser
/// takes some hundred bytes of memory for each.
constexpr size_t kMaxModelFileBytes = size_t{1} << 20;

/// Bytes of all files: they are one control record in the log, and a replica receives them in one
/// message.
constexpr size_t kMaxModelBytes = size_t{8} << 20;

/// Levels of brackets in a .capnp file. Cap'n Proto's parser recurses, and would use up the
/// stack at some thousand; people write ten.
constexpr size_t kMaxNesting = 64;

/// Names in one chain a.b.c of a .capnp file: resolved by recursion too.
constexpr size_t kMaxNameChain = 64;

/// Tables, events and commands together. Each event index takes 4 bytes in the log whatever the
/// limit; what it bounds is the time of a load (some ms for each hundred).
constexpr size_t kMaxStructs = 2'048;

/// Fields of a struct, flattened, and again of all structs in its lists together: PostgreSQL's
/// limit for the columns of a table or of a composite type, so that the model loads there.
constexpr size_t kMaxFields = 1'600;

/// Struct-valued fields within a command, all levels together: the decoder keeps a reader for each
/// on its stack.
constexpr size_t kMaxNestedStructs = 32;

/// Views of a model. Every event is offered to the views over it; more than this is better split
/// into two servers.
constexpr size_t kMaxViews = 1'024;

/// Events that one command emits at most: the log counts them in a byte (record.h).
constexpr size_t kMaxEmits = 255;

/// Rules, and references, of one command: each is evaluated for every command.
constexpr size_t kMaxRules = 256;

/// Elements of a list in a command. An array is one value, copied as a whole whenever its row
/// changes; what has more elements wants to be a table. (The form of arrays would allow 32,000.)
constexpr size_t kMaxListElements = 4'096;

/// Bytes that all lists of a command may take as arrays: as many as a message may have, so that
/// only lists that are larger in memory than on the wire (elements of many zeros) meet it.
constexpr size_t kMaxListBytes = size_t{64} << 20;

/// Errors of the .capnp files that are reported at once. More than anybody reads, and finding the
/// place of each takes a pass over its file.
constexpr size_t kMaxParseErrors = 100;

/// Characters of a name in SQL: PostgreSQL cuts longer ones off.
constexpr size_t kMaxSqlName = 63;

}  // namespace facet
