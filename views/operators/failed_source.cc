#include "views/operators/failed_source.h"

#include <cstring>

#include "values/assert.h"

namespace facet {

namespace {

constexpr uint16_t kNoSum = UINT16_MAX;

struct Head {
  uint64_t event;
  uint16_t aggregate;
  uint16_t code;
  uint32_t site;
};
static_assert(sizeof(Head) == 2 * sizeof(uint64_t));

FailedRow rowWith(const SourcePlan& source, Position event, Row key) {
  FailedRow out{.event = event};
  if (source.isEvent) {
    out.identity = event.value;
    return out;
  }
  out.key = key;
  out.layout = &source.keyLayout;
  out.identity = hashRow(key.bytes()) | 1;
  return out;
}

}  // namespace

FailedRow failedRow(const SourcePlan& source, const EvalContext& context, size_t input) {
  return rowWith(source, context.position, context.rows[input]);
}

void packFailedSource(const FailedSource& failed, std::string& out) {
  Head head{failed.row.event.value, kNoSum, 0, 0};
  if (failed.sum) {
    FACET_ASSERT(failed.sum->aggregate < kNoSum, failed.sum->aggregate);
    head.aggregate = static_cast<uint16_t>(failed.sum->aggregate);
    head.code = static_cast<uint16_t>(failed.sum->code);
    head.site = failed.sum->site;
  }
  out.assign(reinterpret_cast<const char*>(&head), sizeof(head));
  if (failed.row.key) out.append(failed.row.key.bytes());
}

FailedSource unpackFailedSource(const SourcePlan& source, std::string_view bytes) {
  Head head;
  FACET_ASSERT(bytes.size() >= sizeof(head), bytes.size());
  std::memcpy(&head, bytes.data(), sizeof(head));
  FailedSource out;
  out.row =
      rowWith(source, {head.event}, source.isEvent ? Row() : Row(bytes.data() + sizeof(head)));
  if (head.aggregate != kNoSum) {
    out.sum = FailedSum{head.aggregate, head.site, static_cast<ErrorCode>(head.code)};
  }
  return out;
}

std::optional<WholeSource> wholeSource(const SourcePlan& source, std::string_view bytes) {
  WholeSource out{};
  const char* at = bytes.data() + sizeof(Head);
  const char* const end = bytes.data() + bytes.size();
  const size_t rowsOfToday = source.isEvent ? 0 : 1;
  for (size_t i = 0; i < rowsOfToday; ++i) at += Row(at).size();
  if (at == end) return std::nullopt;
  std::memcpy(&out.position.value, bytes.data(), sizeof(uint64_t));
  std::memcpy(&out.time, bytes.data() + sizeof(uint64_t), sizeof(uint64_t));
  at = bytes.data() + sizeof(Head);
  for (size_t i = 0; i <= rowsOfToday; ++i) {
    out.rows[i] = Row(at);
    at += out.rows[i].size();
  }
  FACET_ASSERT(at == end, bytes.size());
  return out;
}

}  // namespace facet
