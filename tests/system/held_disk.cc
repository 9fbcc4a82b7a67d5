// A process whose disk hangs while another one has $FACET_HELD_DISK_LOCK locked (flock): what is to
// be durable waits. Loaded before libc (LD_PRELOAD).
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>

namespace {

int whenFree(const char* name, int descriptor) {
  if (const char* const file = std::getenv("FACET_HELD_DISK_LOCK")) {
    const int lock = open(file, O_RDONLY | O_CLOEXEC);
    if (lock >= 0) {
      flock(lock, LOCK_SH);
      close(lock);
    }
  }
  return reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fdatasync(int descriptor) {
  return whenFree("fdatasync", descriptor);
}

extern "C" int fsync(int descriptor) {
  return whenFree("fsync", descriptor);
}
