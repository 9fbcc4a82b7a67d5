#include "tests/model/record_vocabulary.h"

#include "values/array.h"
#include "values/text.h"

namespace facet::test {

EventMaker::EventMaker()
    : model_(
          modelOf("struct Line { sku @0 :Text; price @1 :Int64 $Facet.decimal(2); n @2 :Int16; }\n"
                  "struct E $Facet.event() { n @0 :Int64; note @1 :Text; tags @2 :List(Int32); "
                  "lines @3 :List(Line); }")) {}

Row EventMaker::row(int64_t n) {
  const Value elements[] = {Value::integer(Kind::int32, n % 100), Value::integer(Kind::int32, 7)};
  std::string array;
  const std::string note(static_cast<size_t>(n % 20), 'x');
  builder_.start(model_->events()[0].layout);
  builder_.set(0, Value::int64(n));
  if (n % 3 != 0) builder_.set(1, Value::text(note));
  if (n % 5 == 4) builder_.set(2, packArray(Kind::int32, elements, array));
  std::string structs;
  const std::string lines = "{\"(a,1.5," + std::to_string(n % 100) + ")\",\"(,0,-7)\"}";
  if (n % 4 == 1) {
    const Type& type = model_->events()[0].fields[3].type;
    builder_.set(3, parseText(type, lines, structs).value());
  }
  return builder_.finish();
}

std::string EventMaker::describe(const Block& block) const {
  std::string out = std::to_string(block.header().firstSequence) + ": ";
  block.forEachEvent([&](const EventHeader& event, Row row) {
    const Value n = row.get(model_->events()[event.event].layout, 0);
    out += std::to_string(event.command) + ":" + std::to_string(n.asInt()) + " ";
  });
  return out;
}

bool EventMaker::isValid(const std::vector<uint64_t>& payload, uint32_t events) {
  problem_.clear();
  return isValidPayload(*model_, asBytes(payload), events, problem_);
}

std::vector<uint64_t> EventMaker::payload(int blocks, uint32_t commands) {
  std::vector<uint64_t> out;
  BlockBuilder builder;
  for (int b = 0; b < blocks; ++b) {
    builder.start({1, static_cast<uint64_t>(b)}, 1, commands, 0);
    for (uint32_t c = 0; c < commands; ++c) {
      const uint32_t kind = (static_cast<uint32_t>(b) * commands + c) % 4;
      if (b != 0 && kind == 1) continue;  // rejected
      builder.setAccepted(c);
      const uint32_t events = b == 0 ? 1 : kind;
      for (uint32_t e = 0; e < events; ++e) builder.addEvent(0, c, row(c * 4 + e));
    }
    const std::vector<uint64_t> block = builder.finish();
    out.insert(out.end(), block.begin(), block.end());
  }
  return out;
}

}  // namespace facet::test
