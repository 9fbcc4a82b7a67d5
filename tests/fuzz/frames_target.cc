// Bytes of a connection, up to the first frames: cut into messages as a server does, and each read
// as a batch of commands.
#include <capnp/serialize.h>
#include <kj/async-io.h>
#include <kj/debug.h>

#include <algorithm>

#include "model/codec.h"
#include "rpc/kj_interfaces.h"
#include "rpc/message_stream.h"
#include "server/batch_decoder.h"
#include "server/limits.h"
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"

namespace facet::fuzz {

namespace {

/// Has the bytes to read, some at a time.
class Input final : public kj::AsyncIoStream {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  kj::Promise<size_t> tryRead(void* buffer, size_t least, size_t most) override {
    const size_t size = std::min<size_t>({most, bytes_.size(), std::max<size_t>(least, 100)});
    bytes_.copy(static_cast<char*>(buffer), size);
    bytes_.remove_prefix(size);
    return size;
  }
  kj::Promise<void> write(const void*, size_t) override { return kj::READY_NOW; }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>>) override {
    return kj::READY_NOW;
  }
  kj::Promise<void> whenWriteDisconnected() override { return kj::NEVER_DONE; }
  void shutdownWrite() override {}

 private:
  std::string_view bytes_;
};

std::string frame(capnp::MessageBuilder& message) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  return {reinterpret_cast<const char*>(words.begin()), words.asBytes().size()};
}

std::string makeBatch(unsigned commands, bool numbered) {
  capnp::MallocMessageBuilder message;
  auto batch = message.initRoot<wire::Batch>();
  if (numbered) {
    auto client = batch.initClient(16);
    for (unsigned i = 0; i < 16; ++i) client[i] = static_cast<kj::byte>(i + 1);
    batch.setFirstSequence(1);
  }
  auto group = batch.initGroups(1)[0];
  group.setCommand("PlaceOrder");
  const StructDecoder& decoder = shopModel()->codecs().command(0);
  auto items =
      group.getItems().initAsListOfAnyStruct(decoder.dataWords(), decoder.pointers(), commands);
  for (auto item : items) {
    item.getDataSection()[0] = 3;
    for (unsigned pointer : {0U, 1U}) {
      item.getPointerSection()[pointer].setAs<capnp::Text>("O-17 \xc3\xa4");
    }
  }
  return frame(message);
}

}  // namespace

std::vector<std::string> seeds() {
  return {makeBatch(1, false), makeBatch(3, true) + makeBatch(40, false)};
}

void run(std::string_view bytes) {
  kj::EventLoop loop;
  kj::WaitScope scope(loop);
  Input input(bytes);
  constexpr size_t kMostBytes = size_t{1} << 20;
  MessageStream stream(input, {.messageBytes = kMostBytes});
  BatchDecoder decoder(*shopModel(), kMaxBatchRowBytes);
  try {
    while (true) {
      auto message = stream.tryReadMessage(nullptr, capnp::ReaderOptions(), nullptr).wait(scope);
      KJ_IF_MAYBE (got, message) {
        const CommandBatch batch = decoder.decode(got->reader->getRoot<wire::Batch>(), false);
        for (const CommandItem& item : batch.items) {
          if (item.row == CommandItem::kInvalid) continue;
          const Row row(batch.rows.data() + item.row);
          KJ_ASSERT(row.get(shopModel()->commands()[item.command].layout, 0).kind() != Kind::error);
        }
      } else {
        return;
      }
    }
  } catch (const kj::Exception&) {
  }
}

}  // namespace facet::fuzz
