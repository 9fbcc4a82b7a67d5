// CommandDigest: what a command says, in 64 bits: the same for every encoding of the same command.
// With it a number that a client uses twice is told from a command that it sends twice. It is over
// the command's name and its packed row (values/row.h, canonical), without what only says where
// things lie, and without the last fields that have their defaults: so it stays as it is when the
// model's command gets new fields that a client does not fill. Expected versions are not in it.
//
// XXH3, 64 bits: two commands that a client mistakes for each other are told apart but for one in
// 2^64, and a client that makes up a collision deceives nobody but itself. 32 bits would lose one
// in four thousand million, and 128 would double what is kept of each command.
//
// DO NOT CHANGE: it is on disk. Thread: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.h"
#include "values/row.h"

namespace facet {

/// Of a command of a log that was written before there were digests: it matches every one.
constexpr uint64_t kNoCommandDigest = 0;
/// Of a command whose values are not even readable: it matches no other.
constexpr uint64_t kInvalidCommandDigest = 1;

class CommandDigest {
 public:
  /// `command`: its place in the model's commands.
  CommandDigest(const Model& model, uint32_t command);

  /// `scratch`: kept for its memory.
  uint64_t of(Row command, std::vector<uint64_t>& scratch) const;

 private:
  bool isDefault(Row row, const RowLayout::Slot& slot) const;

  const RowLayout* layout_;
  uint64_t seed_;
  std::vector<uint64_t> masks_;     // by word before the tail: what of it counts
  std::vector<uint64_t> defaults_;  // the row of a command that fills nothing; empty: it is none
};

}  // namespace facet
