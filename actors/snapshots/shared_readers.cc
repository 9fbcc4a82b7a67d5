#include "actors/snapshots/shared_readers.h"

#include <algorithm>
#include <utility>

#include "values/assert.h"

namespace facet {

std::shared_ptr<const SnapshotReader> SharedReaders::share(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (Held& held : held_) {
    if (held.name != name || held.gone) continue;
    ++held.holders;
    return {held.reader.get(), [this, &held](const SnapshotReader*) { release(held); }};
  }
  return nullptr;
}

std::shared_ptr<const SnapshotReader> SharedReaders::add(const std::string& name,
                                                         std::unique_ptr<SnapshotReader> reader) {
  FACET_ASSERT(!isHeld(name), name);
  {
    const std::lock_guard lock(mutex_);
    held_.push_back({name, std::move(reader)});
  }
  return share(name);
}

bool SharedReaders::isHeld(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return std::any_of(held_.begin(), held_.end(),
                     [&](const Held& held) { return held.name == name && !held.gone; });
}

void SharedReaders::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (Held& held : held_) held.gone = held.gone || held.name == name;
}

void SharedReaders::release(Held& held) {
  const std::lock_guard lock(mutex_);
  FACET_ASSERT(held.holders > 0, held.name);
  if (--held.holders > 0) return;
  held_.remove_if([&](const Held& other) { return &other == &held; });
}

}  // namespace facet
