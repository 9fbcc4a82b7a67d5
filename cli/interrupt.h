// Interrupt: Ctrl-C as a wish to end soon: what is under way may come to its end. A second one ends
// the program at once, as ever. One at a time. Thread: main.
#pragma once

#include <kj/async-unix.h>
#include <kj/io.h>

namespace facet {

class Interrupt {
 public:
  explicit Interrupt(kj::UnixEventPort& port);
  ~Interrupt();
  KJ_DISALLOW_COPY(Interrupt);

  bool asked() const;
  /// Resolves once asked() holds. One at a time.
  kj::Promise<void> whenAsked();

 private:
  kj::AutoCloseFd wakeUp_;
  kj::UnixEventPort::FdObserver observer_;
};

}  // namespace facet
