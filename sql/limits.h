// Limits of the SQL that facet reads, each with its reason both ways. Constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace facet {

/// Bytes of one statement. Less would refuse generated SQL with long IN lists; more only costs
/// memory, as the parse tree takes some hundred bytes for each token.
constexpr size_t kMaxStatementBytes = size_t{1} << 20;

/// Bytes of a whole views file: room for thousands of views, and a bound on what one load can cost.
constexpr size_t kMaxFileBytes = size_t{16} << 20;

/// Tokens of one statement: an IN list of 25,000 values fits; the parse tree stays under 50 MB.
constexpr size_t kMaxTokens = 50'000;

/// Words and operators of one statement. PostgreSQL's parser takes chains such as a + b + c without
/// limit, and the tree that it gives is as deep as the chain is long: libpg_query ends the process
/// when 8 MB of stack are used up, somewhere above 30,000. Hand-written views have hundreds.
constexpr size_t kMaxWords = 10'000;

/// Levels of one expression. The binder takes some KB of stack a level, and evaluation recurses
/// too; people write tens, generators some hundred (chains of ||).
constexpr int kMaxExprDepth = 400;

/// Nodes of an expression, counted once for each place that reads them: BETWEEN reads its first
/// argument twice, so that a nest of them grows as a power of two. Hand-written ones have some
/// hundred.
constexpr size_t kMaxExprNodes = 20'000;

/// Columns of a view: PostgreSQL's limit for a table, so that the same file runs there.
constexpr size_t kMaxColumns = 1'600;

/// Relations in one FROM, those of its sub-selects included: 64 joins after the source. Each costs
/// a lookup an event, or a pass over its rows; more is a mistake.
constexpr size_t kMaxRelations = 65;

/// Levels of sub-selects in FROM. People write three; the binder takes some KB of stack a level.
constexpr int kMaxSubselectDepth = 64;

/// Work of one expression over one row, in bytes looked at, compared or made (work.h). A dozen
/// functions over the largest value that an expression makes fit; it takes milliseconds at the
/// speed of memory, and up to a second byte by byte on a slow machine: what one row may hold up
/// those that wait behind it.
constexpr uint64_t kMaxExpressionWork = uint64_t{16} << 20;

/// Work between two looks at whether a query is to stop: microseconds, so that stopping is prompt,
/// and a look costs nothing beside it.
constexpr uint64_t kWorkBetweenLooks = uint64_t{64} << 10;

/// Work that constant parts of one statement may take while it is compiled; what is beyond it is
/// evaluated for each row. Some large patterns and lists fit; what they make is kept, so that this
/// bounds a statement's memory too.
constexpr uint64_t kMaxFoldingWork = uint64_t{16} << 20;

/// Nodes of an expression that are free: below it, evaluation costs less than reading the row.
constexpr size_t kFreeNodes = 64;

/// Work that a node beyond them counts: some nanoseconds, as do a few dozen bytes.
constexpr uint64_t kWorkPerNode = 32;

/// Bytes that a comparison looks at without counting: as fast as counting them.
constexpr size_t kFreeComparison = 256;

/// Arguments of one function: PostgreSQL's limit.
constexpr size_t kMaxArguments = 100;

}  // namespace facet
