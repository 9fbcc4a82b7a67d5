#include "actors/log/control.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

#include "schema/log.capnp.h"
#include "schema/version.h"
#include "values/row.h"

namespace facet {

namespace {

std::vector<uint64_t> flatten(capnp::MallocMessageBuilder& message) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  std::vector<uint64_t> out(words.size());
  std::memcpy(out.data(), words.begin(), words.size() * sizeof(uint64_t));
  return out;
}

kj::ArrayPtr<const kj::byte> bytesOf(std::string_view text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

template <typename T>
std::string_view view(const T& bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

constexpr unsigned kLogIdBytes = 2 * sizeof(uint64_t);

void writeLogId(LogId id, capnp::Data::Builder out) {
  std::memcpy(out.begin(), &id.high, sizeof(id.high));
  std::memcpy(out.begin() + sizeof(id.high), &id.low, sizeof(id.low));
}

LogId readLogId(capnp::Data::Reader data) {
  if (data.size() != kLogIdBytes) throw std::runtime_error("a log id must have 16 bytes");
  LogId id;
  std::memcpy(&id.high, data.begin(), sizeof(id.high));
  std::memcpy(&id.low, data.begin() + sizeof(id.high), sizeof(id.low));
  return id;
}

}  // namespace

LogId makeLogId() {
  std::random_device random;
  const auto word = [&] { return (uint64_t{random()} << 32) | random(); };
  return {word(), word()};
}

std::vector<uint64_t> birthRecord(LogId id, std::optional<LogId> restoredFrom) {
  capnp::MallocMessageBuilder message;
  auto birth = message.initRoot<wire::Control>().initBirth();
  writeLogId(id, birth.initLogId(kLogIdBytes));
  if (restoredFrom) writeLogId(*restoredFrom, birth.initRestoredFrom(kLogIdBytes));
  birth.setProgram(kVersion);
  return flatten(message);
}

std::vector<uint64_t> modelRecord(const Model& model) {
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<wire::Control>().initModel();
  auto files = record.initFiles(static_cast<unsigned>(model.files().size()));
  for (unsigned i = 0; i < files.size(); ++i) {
    files[i].setName(model.files()[i].name);
    files[i].setContent(bytesOf(model.files()[i].content));
  }
  const uint128 hash = model.hash();
  record.setHash(bytesOf({reinterpret_cast<const char*>(&hash), sizeof(hash)}));
  return flatten(message);
}

std::vector<uint64_t> epochRecord(Epoch epoch, const LogEnd& end, std::string_view reason) {
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<wire::Control>().initEpoch();
  record.setEpoch(epoch.value);
  record.setReason(std::string(reason));
  record.setLast(end.last.value);
  record.setNext(end.next.value);
  return flatten(message);
}

std::vector<uint64_t> skipRecord(const SkipRecord& skip) {
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<wire::Control>().initSkip();
  record.setView(skip.view);
  record.setDefinition(
      bytesOf({reinterpret_cast<const char*>(&skip.definition), sizeof(skip.definition)}));
  record.setPosition(skip.position.value);
  record.setTime(skip.time);
  record.setEvent(skip.event);
  record.setRow(bytesOf(
      {reinterpret_cast<const char*>(skip.row.data()), skip.row.size() * sizeof(uint64_t)}));
  return flatten(message);
}

uint128 definitionHash(const ViewType& view) {
  std::string text = view.text;
  if (view.uniqueIndex) {
    for (const uint32_t column : view.key) text += "\n" + view.relation.columns[column].name;
  }
  return hashRow128(text);
}

namespace {

SkipRecord readSkip(wire::Skip::Reader from) {
  SkipRecord out;
  out.view = from.getView().cStr();
  const auto definition = from.getDefinition();
  const auto row = from.getRow();
  if (definition.size() != sizeof(out.definition) || row.size() % sizeof(uint64_t) != 0) {
    throw std::runtime_error("a record of a skipped event is malformed");
  }
  std::memcpy(&out.definition, definition.begin(), sizeof(out.definition));
  out.position = {from.getPosition()};
  out.time = from.getTime();
  out.event = from.getEvent();
  out.row.resize(row.size() / sizeof(uint64_t));
  if (!out.row.empty()) std::memcpy(out.row.data(), row.begin(), row.size());
  return out;
}

}  // namespace

ControlRecord readControlRecord(std::string_view payload) {
  const kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(payload.data()),
                                              payload.size() / sizeof(capnp::word));
  ControlRecord out;
  try {
    capnp::ReaderOptions options;  // a skipped event may be as large as any
    options.traversalLimitInWords = std::max<uint64_t>(words.size(), options.traversalLimitInWords);
    capnp::FlatArrayMessageReader message(words, options);
    const auto control = message.getRoot<wire::Control>();
    switch (control.which()) {
      case wire::Control::BIRTH:
        out.birth = readLogId(control.getBirth().getLogId());
        return out;
      case wire::Control::EPOCH:
        out.epoch = {{control.getEpoch().getEpoch()},
                     {control.getEpoch().getNext()},
                     {control.getEpoch().getLast()}};
        return out;
      case wire::Control::MODEL: {
        std::vector<ModelFile>& files = out.model.emplace();
        for (const auto file : control.getModel().getFiles()) {
          files.push_back(
              {std::string(view(file.getName())), std::string(view(file.getContent()))});
        }
        return out;
      }
      case wire::Control::SKIP:
        out.skip = readSkip(control.getSkip());
        return out;
    }
  } catch (const kj::Exception& e) {
    throw std::runtime_error(std::string("a control record is malformed: ") +
                             e.getDescription().cStr());
  }
  throw std::runtime_error("the log has a control record of a newer version of facet");
}

}  // namespace facet
