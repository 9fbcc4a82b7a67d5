#include "server/chunk_pull.h"

#include <cstring>
#include <utility>

#include "server/fault.h"
#include "server/limits.h"
#include "storage/limits.h"
#include "values/copy_bytes.h"

namespace facet {

kj::Promise<ChunkPull::Pulled> ChunkPull::pull(const LogEnd& end) {
  partial_.clear();
  return ask(end);
}

kj::Promise<ChunkPull::Pulled> ChunkPull::compare(const LogEnd& end) {
  partial_.clear();
  return timer_.timeoutAfter(kUpstreamSeconds * kj::SECONDS, send(end, 1)).then([](auto&&) {
    return Pulled{};
  });
}

ChunkPull::Answer ChunkPull::send(const LogEnd& end, uint32_t mostBytes) {
  auto request = feed_.followRequest(capnp::MessageSize{64, 0});
  auto out = request.initRequest();
  out.setFrom(end.next.value);
  if (end.next.value > 0) {
    std::memcpy(out.initPrevious(sizeof(ChunkHash)).begin(), &end.hash, sizeof(ChunkHash));
  }
  out.setEpoch(end.epoch.value);
  out.setOffset(partial_.size() * sizeof(uint64_t));
  out.setMaxBytes(mostBytes);
  return request.send();
}

kj::Promise<ChunkPull::Pulled> ChunkPull::ask(LogEnd end) {
  return timer_.timeoutAfter(kUpstreamSeconds * kj::SECONDS, send(end, kMaxFeedBytes))
      .then(
          [this, end](capnp::Response<wire::Feed::FollowResults>&& answer) -> kj::Promise<Pulled> {
            const auto batch = answer.getBatch();
            const auto chunks = batch.getChunks();
            const uint64_t whole = batch.getWholeBytes();
            if (chunks.size() % sizeof(uint64_t) != 0) throwFailed("the node sent parts of words");
            if (whole > kMaxPayloadBytes + sizeof(ChunkHeader)) throwFailed("a chunk is too large");
            const size_t before = partial_.size();
            partial_.resize(before + chunks.size() / sizeof(uint64_t));
            copyBytes(partial_.data() + before, chunks.begin(), chunks.size());
            if (partial_.size() * sizeof(uint64_t) < whole && chunks.size() > 0) return ask(end);
            return Pulled{std::exchange(partial_, {}), {batch.getHead()}, batch.getMore()};
          });
}

}  // namespace facet
