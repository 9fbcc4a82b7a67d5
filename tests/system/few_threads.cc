// A process that may have $FACET_THREADS threads beside its first: pthread_create fails beyond, as
// it does at a limit of the system. Loaded before libc (LD_PRELOAD).
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<int> running{0};

struct Call {
  void* (*run)(void*);
  void* argument;
};

void* counted(void* pointer) {
  const Call call = *static_cast<Call*>(pointer);
  delete static_cast<Call*>(pointer);
  void* const result = call.run(call.argument);
  --running;
  return result;
}

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  const char* const most = std::getenv("FACET_THREADS");
  if (most != nullptr && ++running > std::atoi(most)) {
    --running;
    return EAGAIN;
  }
  Call* const call = new Call{run, argument};
  const int result = create(thread, attributes, counted, call);
  if (result == 0) return 0;
  --running;
  delete call;
  return result;
}
