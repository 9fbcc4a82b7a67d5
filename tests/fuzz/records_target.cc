// What `facet submit` reads: CSV or, where the first byte is '{', a JSON object a line; each record
// written into a command's struct.
#include <capnp/message.h>
#include <kj/debug.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/command_writer.h"
#include "cli/exit_code.h"
#include "cli/record_source.h"
#include "model/codec.h"
#include "server/relation_wire.h"
#include "tests/fuzz/shop.h"
#include "tests/fuzz/target.h"

namespace facet::fuzz {

namespace {

/// A file in memory.
class Scratch {
 public:
  explicit Scratch(std::string_view bytes) {
    KJ_SYSCALL(fd_ = ::memfd_create("fuzz", MFD_CLOEXEC));
    ssize_t size = 0;
    KJ_SYSCALL(size = ::write(fd_, bytes.data(), bytes.size()));
    KJ_ASSERT(static_cast<size_t>(size) == bytes.size());
  }
  ~Scratch() { ::close(fd_); }
  Scratch(const Scratch&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_ = -1;
};

/// The command as a client knows it.
const StructShape& placeOrder() {
  static const StructShape shape = [] {
    const WireLayout& layout = shopModel()->codecs().command(0).wire();
    capnp::MallocMessageBuilder message;
    auto columns = message.getOrphanage().newOrphan<capnp::List<wire::Column>>(
        static_cast<unsigned>(layout.columns.size()));
    describeColumns(layout, columns.get());
    return StructShape{0, layout.dataWords, layout.pointers, columnShapes(columns.getReader())};
  }();
  return shape;
}

}  // namespace

std::vector<std::string> seeds() {
  return {
      "\xef\xbb\xbfOrder ID,line,placed_on,total,\"quantity\",flag,channel,weight,photo,tags\r\n"
      "O1,1,2024-02-29,12.5000,-1,t,web,1.5e3,\\x00ff,\"{a,\"\"b c\"\",NULL}\"\r\n"
      ",\"\",infinity,\"1\n2\",,f,shop,NaN,,{}\n",
      "{\"orderId\":\"O1\",\"line\":2,\"total\":\"7.25\",\"tags\":[\"a\",null],\"to\":{\"zip\":5}}"
      "\n"
      "{\"at\":\"2024-02-29 12:00:00.5\",\"numbers\":[1,65535],\"bill_street\":\"\\u00e4\"}\n"};
}

void run(std::string_view bytes) {
  const StructShape& command = placeOrder();
  const Scratch scratch(bytes);
  try {
    InputFile input(scratch.path());
    const auto source = !bytes.empty() && bytes[0] == '{'
                            ? jsonSource(input, command, Unknown::ignore)
                            : csvSource(input, command, Unknown::ignore, ',');
    for (auto result = source->next(); result != RecordSource::Result::end;
         result = source->next()) {
      if (result == RecordSource::Result::bad) continue;
      capnp::MallocMessageBuilder message;
      const auto out =
          message.getRoot<capnp::AnyPointer>().initAsAnyStruct(command.dataWords, command.pointers);
      for (const Cell& cell : source->cells()) {
        static_cast<void>(writeChecked(command.columns[cell.column], cell.text, out));
      }
      std::string row;
      static_cast<void>(shopModel()->codecs().command(0).decode(out.asReader(), row));
    }
  } catch (const Failure&) {
  }
}

}  // namespace facet::fuzz
