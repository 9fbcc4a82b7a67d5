#include "tests/views/engine_vocabulary.h"

#include <algorithm>
#include <deque>

#include "values/assert.h"
#include "values/text.h"
#include "views/tables/row_digest.h"

namespace facet::test {

namespace {

constexpr uint32_t kMostCommands = 20'000;  // of one event each, in a batch

}  // namespace

const char* const kSales = R"(
  struct Regions $Facet.table(key = ["regionId"]) {
    regionId @0 :Text; title @1 :Text; factor @2 :Int32;
  }
  struct Customers $Facet.table(key = ["customerId"]) {
    customerId @0 :Text; name @1 :Text; regionId @2 :Text; level @3 :Int32;
  }
  struct Orders $Facet.table(key = ["orderId"]) {
    orderId @0 :Text; customerId @1 :Text; total @2 :Int64 $Facet.decimal(2); parts @3 :Int32;
    note @4 :Text; weight @5 :Float64;
  }
  struct RegionSet $Facet.event(writes = [(table = "Regions", how = upsert)]) {
    regionId @0 :Text; title @1 :Text; factor @2 :Int32;
  }
  struct RegionErased $Facet.event(writes = [(table = "Regions", how = delete)]) {
    regionId @0 :Text;
  }
  struct CustomerSet $Facet.event(writes = [(table = "Customers", how = upsert)]) {
    customerId @0 :Text; name @1 :Text; regionId @2 :Text; level @3 :Int32;
  }
  struct CustomerErased $Facet.event(writes = [(table = "Customers", how = delete)]) {
    customerId @0 :Text;
  }
  struct OrderSet $Facet.event(writes = [(table = "Orders", how = upsert)]) {
    orderId @0 :Text; customerId @1 :Text; total @2 :Int64 $Facet.decimal(2); parts @3 :Int32;
    note @4 :Text; weight @5 :Float64;
  }
  struct OrderErased $Facet.event(writes = [(table = "Orders", how = delete)]) {
    orderId @0 :Text;
  }
  struct Sale $Facet.event() {
    customerId @0 :Text; productId @1 :Text; amount @2 :Int64 $Facet.decimal(2);
    parts @3 :Int32 $Facet.nullValue("-1"); note @4 :Text; weight @5 :Float64; paid @6 :Bool;
    soldOn @7 :Int32 $Facet.date;
  }
)";

ModelPtr engineModel(const std::string& declarations, const std::string& views) {
  const std::string head = "@0xd2a49c31e07b6f15;\nusing Facet = import \"/facet/model.capnp\";\n";
  return loadModel(
      std::vector<ModelFile>{{"sales.capnp", head + declarations}, {"views.sql", views}});
}

EventText parseEvent(const std::string& text) {
  EventText out;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (at == 0) {
      out.name = text.substr(0, end);
    } else {
      out.fields.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return out;
}

uint32_t eventIndex(const Model& model, const std::string& name) {
  for (uint32_t i = 0; i < model.events().size(); ++i) {
    if (model.events()[i].relation.name == name) return i;
  }
  BOOST_FAIL("no event " << name);
  return 0;
}

std::vector<uint64_t> packEvent(const Model& model, const EventText& event) {
  const EventType& type = model.events()[eventIndex(model, event.name)];
  BOOST_REQUIRE_MESSAGE(event.fields.size() == type.fields.size(),
                        event.name << " has " << type.fields.size() << " fields");
  std::deque<std::string> scratch;
  RowBuilder builder;
  builder.start(type.layout);
  for (size_t i = 0; i < event.fields.size(); ++i) {
    if (event.fields[i] == "-") continue;
    const auto value = parseText(type.fields[i].type, event.fields[i], scratch.emplace_back());
    BOOST_REQUIRE_MESSAGE(value.has_value(), event.name << ": " << event.fields[i]);
    builder.set(i, *value);
  }
  const Row row = builder.finish();
  std::vector<uint64_t> words(row.size() / 8);
  std::memcpy(words.data(), row.data(), row.size());
  return words;
}

std::string rowText(const RowSource& source, const Version& row) {
  Arena arena;
  std::string out;
  const auto& columns = source.relation().columns;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    const Value value = source.column(row, i, arena);
    if (i > 0) out += '|';
    out += value.isNull() ? "NULL" : toText(columns[i].type, value);
  }
  return out;
}

std::string text(const Lines& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// Small chunks are shared among the shards too, and some are not.
constexpr size_t kSharedRows = 2;

Engine::Engine(ModelPtr model, uint32_t shards)
    : model_(std::move(model)), shards_(shards), tables_(model_) {
  for (uint32_t v = 0; v < model_->views().size(); ++v) {
    const auto plan = ViewPlan::compile(model_, v);
    View& view = views_.emplace_back();
    std::vector<const ViewShard*> readable;
    for (uint32_t s = 0; s < shards; ++s) {
      view.shards.push_back(
          std::make_unique<ViewShard>(plan, ShardId{s}, shards, tables_, kSharedRows));
      readable.push_back(view.shards.back().get());
    }
    view.source = viewSource(std::move(readable));
  }
}

void Engine::beginBatch() {
  if (inBatch_) return;
  tables_.beginBatch(next_);
  block_.start({}, 0, kMostCommands, 1024);
  inBatch_ = true;
}

bool Engine::add(const EventText& event) {
  beginBatch();
  const std::vector<uint64_t> words = packEvent(*model_, event);
  const uint32_t index = eventIndex(*model_, event.name);
  const Row row(words.data());
  if (tables_.apply(index, row, next_, Tables::Origin::command).outcome != Tables::Outcome::ok)
    return false;
  const uint32_t command = block_.events();
  BOOST_REQUIRE(command < kMostCommands);
  block_.addEvent(index, command, row);
  block_.setAccepted(command);
  next_ = next_ + 1;
  return true;
}

void Engine::endBatch() {
  if (!inBatch_) return;
  inBatch_ = false;
  const bool any = block_.events() > 0;
  const auto changes = tables_.endBatch({next_.value - 1});
  changes_.insert(changes_.end(), changes.begin(), changes.end());
  if (!any) return;
  blocks_.push_back(block_.finish());
}

void Engine::commit() {
  endBatch();
  if (blocks_.empty()) return;
  ChunkInput input;
  input.first = last_ + 1;
  input.last = {next_.value - 1};
  std::vector<TimedBlock> blocks;
  for (const auto& words : blocks_) {
    const Block block(reinterpret_cast<const char*>(words.data()));
    blocks.push_back({block, static_cast<int64_t>(input.last.value) * 1'000'000});
  }
  input.blocks = blocks;
  input.changes = changes_;
  applyAll(input);
  blocks_.clear();
  changes_.clear();
}

void Engine::applyAll(const ChunkInput& input) {
  for (View& view : views_) apply(view, input);
  last_ = input.last;
  const Position horizon = horizon_.value_or(last_);
  for (View& view : views_) {
    for (auto& shard : view.shards) shard->reclaim(horizon, next_);
  }
  tables_.reclaim(ReaderNeeds::from(horizon), next_);
}

void Engine::skip(const std::string& view, const std::string& event, Position at) {
  const std::vector<uint64_t> row = packEvent(*model_, parseEvent(event));
  SkippedEvent skipped;
  skipped.view = model_->findView(view)->relation.index;
  skipped.position = at;
  skipped.time = static_cast<int64_t>(at.value) * 1'000'000;
  skipped.row = Row(row.data());
  ChunkInput input;
  input.first = input.last = next_;
  input.skipped = {&skipped, 1};
  next_ = next_ + 1;
  applyAll(input);
}

void Engine::apply(View& view, const ChunkInput& input) {
  std::vector<ViewShard*> shards;
  for (const auto& shard : view.shards) shards.push_back(shard.get());
  runChunk(shards, input);
}

void Engine::chunk(const Lines& events) {
  for (const std::string& event : events) BOOST_REQUIRE_MESSAGE(add(event), event);
  commit();
}

std::unique_ptr<Engine> Engine::copy(uint32_t shards, std::optional<Position> held) const {
  auto out = std::make_unique<Engine>(model_, shards);
  for (uint32_t t = 0; t < model_->tables().size(); ++t) {
    VersionedMap::Cursor cursor;
    tables_.map(t).scan(last_, cursor, [&](const Version& row) {
      BOOST_REQUIRE(out->tables_.restore(t, row.key(), row.value(), last_));
      return true;
    });
  }
  out->tables_.restoreAt(last_);
  for (size_t v = 0; v < views_.size(); ++v) {
    View& to = out->views_[v];
    if (held) {
      for (auto& shard : to.shards) shard->beginRestore(*held);
      copyPart(views_[v], to, StatePart::heldRows, *held);
      for (auto& shard : to.shards) shard->finishRestore();
    }
    for (auto& shard : to.shards) shard->beginRestore(last_);
    for (const StatePart part : kViewParts) copyPart(views_[v], to, part, last_);
    for (auto& shard : to.shards) shard->finishRestore();
  }
  out->last_ = last_;
  out->next_ = next_;
  if (held) out->holdHorizon(*held);
  return out;
}

void Engine::copyPart(const View& from, View& to, StatePart part, Position at) {
  for (const auto& shard : from.shards) {
    VersionedMap::Cursor cursor;
    shard->scanPart(part, at, cursor, [&](const StateEntry& entry) {
      BOOST_REQUIRE(to.shards[to.shards[0]->ownerOf(part, entry)]->restore(part, entry));
      return true;
    });
  }
}

const Engine::View& Engine::viewOf(const std::string& name) const {
  for (size_t i = 0; i < views_.size(); ++i) {
    if (model_->views()[i].name == name) return views_[i];
  }
  BOOST_FAIL("no view " << name);
  return views_[0];
}

Lines Engine::rows(const std::string& name, Position at) const {
  const RowSource& source = *viewOf(name).source;
  Lines out;
  RowSource::Cursor cursor;
  size_t left = 3;  // slices of growing size: cursors are used too
  while (!cursor.done) {
    size_t visited = 0;
    source.scan(at, cursor, [&](const Version& row) {
      const uint64_t times = source.multiplicity(row);
      for (uint64_t i = 0; i < times; ++i) out.push_back(rowText(source, row));
      return ++visited < left;
    });
    left *= 2;
  }
  std::sort(out.begin(), out.end());
  return out;
}

Lines Engine::ordered(const std::string& name, size_t order, bool reverse,
                      const std::string& prefix, size_t slice) const {
  const RowSource& source = *viewOf(name).source;
  Lines out;
  RowSource::Cursor cursor;
  while (!cursor.done) {
    size_t visited = 0;
    source.scanOrdered(last_, order, reverse, "", prefix, cursor, [&](const Version& row) {
      const uint64_t times = source.multiplicity(row);
      for (uint64_t i = 0; i < times; ++i) out.push_back(rowText(source, row));
      return ++visited < slice;
    });
  }
  return out;
}

std::string Engine::get(const std::string& name, const Lines& key) const {
  const RowSource& source = *viewOf(name).source;
  BOOST_REQUIRE(source.keyLayout() != nullptr);
  const RowLayout& layout = *source.keyLayout();
  BOOST_REQUIRE_EQUAL(layout.size(), key.size());
  std::deque<std::string> scratch;
  RowBuilder builder;
  builder.start(layout);
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] == "NULL") continue;
    const auto value = parseText(layout.type(i), key[i], scratch.emplace_back());
    BOOST_REQUIRE(value.has_value());
    builder.setKey(i, *value);
  }
  const RowSource::Found found = source.get(last_, builder.finish().bytes());
  return found ? rowText(source, *found.version) : "none";
}

uint64_t Engine::errors(const std::string& name) const {
  uint64_t total = 0;
  for (const auto& shard : viewOf(name).shards) total += shard->errors();
  return total;
}

std::string Engine::errorText(const std::string& name) const {
  for (const auto& shard : viewOf(name).shards) {
    if (shard->errors() > 0) return shard->errorText();
  }
  return {};
}

uint128 Engine::digest(const std::string& name, Position at) const {
  uint128 sum = 0;
  for (const auto& shard : viewOf(name).shards) sum += shard->digest(at);
  return sum;
}

uint128 Engine::digestOfRows(const std::string& name) const {
  return facet::digestOfRows(*viewOf(name).source, last_);
}

uint64_t Engine::rowCount(const std::string& name) const {
  uint64_t total = 0;
  for (const auto& shard : viewOf(name).shards) total += shard->rows();
  return total;
}

uint64_t Engine::bytes(const std::string& name) const {
  uint64_t total = 0;
  for (const auto& shard : viewOf(name).shards) total += shard->bytes();
  return total;
}

}  // namespace facet::test
