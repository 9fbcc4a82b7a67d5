// SendOrder: which of a client's batches may be sent next, so that none ever overtakes an older
// one, whatever becomes of them on the way. Batches are numbered in the order of submit(). Most are
// sent at once, many under way at a time. Those that must be sent again (or could not be sent yet)
// are held: while one is, nothing newer is sent.
//
//   A connection breaks: all that were under way are held, and go out again oldest first, without
//   waiting for each other's answers.
//   The node refuses one as overloaded: it is held until it is answered, so that those behind it
//   are sent again one by one, and not before all older ones are answered: those may be refused
//   yet. Those behind it that are on the wire already the node refuses by itself: they are of the
//   same run (facet.capnp, Commands.submit).
//
// Thread: belongs to the client's event loop.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <map>
#include <set>

namespace facet {

class SendOrder {
 public:
  /// Resolves when the batch may be sent; it is held until sent() is called. Fails with the reason
  /// if giveUp() was called while others were held.
  kj::Promise<void> turnOf(uint64_t number);
  /// The run that batches are sent in now.
  uint64_t run() const { return run_; }
  /// The node has refused a batch of the run, and refuses those behind it.
  void ended(uint64_t run);
  /// It is on its way.
  void sent(uint64_t number);
  /// The node did not take it in: nothing newer is sent until it was answered.
  void refused(uint64_t number);
  /// The connection is gone: all that are under way have to be sent again.
  void broken();
  /// It has its outcome, whichever.
  void answered(uint64_t number);
  /// Those that are held are sent no more.
  void giveUp(const kj::Exception& why);
  /// Why they are not, until all have been told.
  const kj::Maybe<kj::Exception>& gaveUp() const { return gaveUp_; }

  bool holds(uint64_t number) const { return held_.count(number) > 0; }
  /// Some were sent and are not answered.
  bool underWay() const { return !underWay_.empty(); }
  bool holdsNone() const { return held_.empty(); }

 private:
  struct Held {
    kj::Own<kj::PromiseFulfiller<void>> turn;  // null: it does not wait for its turn now
    bool untilAnswered = false;
  };
  bool isTurnOf(uint64_t number) const;
  void release(uint64_t number);
  void wakeNext();

  uint64_t run_ = 1;
  std::set<uint64_t> underWay_;
  std::map<uint64_t, Held> held_;
  kj::Maybe<kj::Exception> gaveUp_;
};

}  // namespace facet
