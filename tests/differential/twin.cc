#include "tests/differential/twin.h"

#include <capnp/message.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "model/codec.h"
#include "model/schema_text.h"
#include "values/text.h"

namespace facet::test {

/// Small chunks are shared among the shards too, and some are not.
constexpr size_t kSharedRows = 2;

Engine::Engine(std::shared_ptr<const Model> model, uint32_t shards)
    : model_(std::move(model)),
      tables_(model_),
      sequencer_(model_, std::make_shared<const std::vector<CommandPlan>>(), tables_, Position{0}) {
  for (uint32_t v = 0; v < model_->views().size(); ++v) {
    const auto plan = ViewPlan::compile(model_, v);
    auto& view = views_.emplace_back();
    std::vector<const ViewShard*> readable;
    for (uint32_t s = 0; s < shards; ++s) {
      view.push_back(std::make_unique<ViewShard>(plan, ShardId{s}, shards, tables_, kSharedRows));
      readable.push_back(view.back().get());
    }
    sources_.push_back(viewSource(std::move(readable)));
  }
}

Position Engine::apply(const std::vector<EventText>& events, int64_t time) {
  BlockBuilder builder;
  builder.start({}, 0, static_cast<uint32_t>(events.size()), 0);
  RowBuilder row;
  std::vector<std::string> scratch(1600);
  for (uint32_t i = 0; i < events.size(); ++i) {
    const EventType& type = model_->events()[events[i].event];
    row.start(type.layout);
    for (size_t f = 0; f < type.fields.size(); ++f) {
      if (events[i].values[f] == kNull) continue;
      const auto value = parseText(type.fields[f].type, events[i].values[f], scratch[f]);
      if (!value) throw std::runtime_error("bad test value: " + events[i].values[f]);
      row.set(f, *value);
    }
    builder.addEvent(events[i].event, i, row.finish());
    builder.setAccepted(i);
  }
  const std::vector<uint64_t> memory = builder.finish();
  const Block block(reinterpret_cast<const char*>(memory.data()));
  const TimedBlock timed{block, time};

  ChunkInput chunk;
  chunk.first = last_ + 1;
  chunk.last = last_ + events.size();
  chunk.blocks = {&timed, 1};
  const std::vector<TableChange> changes = sequencer_.fold(block);
  chunk.changes = changes;
  for (auto& view : views_) {
    std::vector<ViewShard*> shards;
    for (const auto& shard : view) shards.push_back(shard.get());
    runChunk(shards, chunk);
    for (ViewShard* shard : shards) shard->reclaim(chunk.last, chunk.last + 1);
  }
  sequencer_.reclaim(ReaderNeeds::from(chunk.last));
  last_ = chunk.last;
  return chunk.first;
}

namespace {

/// The text of a column's value as a typed row has it: written into a struct, and read from it.
std::string throughWire(const WireColumn& column, const WireLayout& layout, const Value& value) {
  if (value.isNull()) return kNull;
  if (column.wire == Wire::list) return toText(column.type, value);  // clients alone read lists
  capnp::MallocMessageBuilder message;
  auto out =
      message.initRoot<capnp::AnyPointer>().initAsAnyStruct(layout.dataWords, layout.pointers);
  if (!encodeField(column, value, out).empty()) return "a typed row can't have it";
  std::string scratch;
  const auto back = decodeField(column, out.asReader(), scratch);
  if (!back) return "a typed row has no value";
  return back->isNull() ? kNull : toText(column.type, *back);
}

}  // namespace

TextRows Engine::rowsOf(const RowSource& source) const {
  TextRows rows;
  Arena arena;
  RowSource::Cursor cursor;
  const Relation& relation = source.relation();
  const bool isView = relation.kind == RelationKind::view;
  const WireLayout& layout =
      isView ? model_->codecs().viewRow(relation.index) : model_->codecs().tableRow(relation.index);
  source.scan(last_, cursor, [&](const Version& version) {
    std::vector<std::string> row;
    for (uint32_t c = 0; c < relation.columns.size(); ++c) {
      const Value value = source.column(version, c, arena);
      row.push_back(throughWire(layout.columns[c], layout, value));
    }
    for (uint64_t i = 0; i < source.multiplicity(version); ++i) rows.push_back(row);
    return true;
  });
  std::sort(rows.begin(), rows.end());
  return rows;
}

TextRows Engine::rows(uint32_t view) const {
  return rowsOf(*sources_[view]);
}

TextRows Engine::tableRows(uint32_t table) const {
  return rowsOf(*tableSource(tables_, table));
}

bool Engine::finds(uint32_t view, const std::vector<std::string>& row) const {
  const RowSource& source = *sources_[view];
  const RowLayout* layout = source.keyLayout();
  if (layout == nullptr) return true;
  RowBuilder builder;
  std::vector<std::string> scratch(source.relation().key.size());
  builder.start(*layout);
  for (size_t i = 0; i < source.relation().key.size(); ++i) {
    const std::string& text = row[source.relation().key[i]];
    if (text == kNull) continue;
    builder.setKey(i, *parseText(layout->type(i), text, scratch[i]));
  }
  return static_cast<bool>(source.get(last_, builder.finish().bytes()));
}

uint64_t Engine::errors(uint32_t view) const {
  uint64_t total = 0;
  for (const auto& shard : views_[view]) total += shard->errors();
  return total;
}

std::string Engine::errorText(uint32_t view) const {
  std::string text;
  for (const auto& shard : views_[view]) {
    if (text.empty()) text = shard->errorText();
  }
  return text;
}

uint128 Engine::digest(uint32_t view) const {
  uint128 sum = 0;
  for (const auto& shard : views_[view]) sum += shard->digest(last_);
  return sum;
}

bool sameRows(const TextRows& facet, const TextRows& postgres, const std::vector<Type>& types) {
  if (facet.size() != postgres.size()) return false;
  for (size_t r = 0; r < facet.size(); ++r) {
    for (size_t c = 0; c < facet[r].size(); ++c) {
      if (facet[r][c] == postgres[r][c]) continue;
      if (types[c].kind != Kind::float64 || facet[r][c] == kNull || postgres[r][c] == kNull) {
        return false;
      }
      const double a = std::stod(facet[r][c]);
      const double b = std::stod(postgres[r][c]);
      if (!(std::fabs(a - b) <= 1e-9 * std::max({1.0, std::fabs(a), std::fabs(b)}))) return false;
    }
  }
  return true;
}

std::string describeDifference(const TextRows& facet, const TextRows& postgres) {
  const auto text = [](const std::vector<std::string>& row) {
    return fmt::format("{}", fmt::join(row, " | "));
  };
  std::string out =
      fmt::format("{} rows in facet, {} in PostgreSQL\n", facet.size(), postgres.size());
  size_t shown = 0;
  for (size_t r = 0; r < std::max(facet.size(), postgres.size()) && shown < 5; ++r) {
    const std::string a = r < facet.size() ? text(facet[r]) : "-";
    const std::string b = r < postgres.size() ? text(postgres[r]) : "-";
    if (a == b) continue;
    out += fmt::format("  facet: {}\n  PostgreSQL: {}\n", a, b);
    ++shown;
  }
  return out;
}

void Oracle::begin(const Model& model) {
  postgres_.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  postgres_.run(postgresSchema(model));
}

void Oracle::apply(const Model& model, const std::vector<EventText>& events, Position first,
                   int64_t time) {
  for (uint32_t e = 0; e < model.events().size(); ++e) {
    const EventType& type = model.events()[e];
    TextRows rows;
    for (size_t i = 0; i < events.size(); ++i) {
      if (events[i].event != e) continue;
      rows.push_back(events[i].values);
      rows.back().push_back(std::to_string(first.value + i));
      rows.back().push_back(
          toText(Type::of(Kind::timestamp), Value::integer(Kind::timestamp, time)));
    }
    if (rows.empty()) continue;
    std::string columns;
    for (const Field& field : type.fields) columns += field.name + ", ";
    postgres_.copy(type.relation.name, columns + "_position, _time", rows);
  }
}

void Oracle::setTable(const TableType& table, const TextRows& rows) {
  postgres_.run("TRUNCATE " + table.relation.name);
  std::string columns;
  for (const Field& field : table.fields) columns += (columns.empty() ? "" : ", ") + field.name;
  postgres_.copy(table.relation.name, columns, rows);
}

bool Oracle::select(const std::string& sql, TextRows& rows, std::string& error) {
  if (!postgres_.tryQuery(sql, rows, error)) return false;
  std::sort(rows.begin(), rows.end());
  return true;
}

}  // namespace facet::test
