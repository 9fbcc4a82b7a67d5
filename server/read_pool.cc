#include "server/read_pool.h"

#include <exception>
#include <string>
#include <utility>

#include "actors/threads/threads.h"
#include "server/fault.h"
#include "values/assert.h"

namespace facet {

/// A job on its way.
struct ReadPool::Task {
  Task(uint64_t clientId, kj::Own<Job> given) : client(clientId), job(kj::mv(given)) {}

  const uint64_t client;
  kj::Own<Job> job;
  kj::Maybe<kj::Exception> thrown;  // by its last slice
  Tasks::iterator at;

  // The event loop's.
  Waiter* waiter = nullptr;       // null: nobody waits for it any more
  kj::Maybe<kj::Exception> late;  // why it was told to stop
  kj::Promise<void> deadline = nullptr;
};

/// The promise of a task. Task and waiter forget each other when one of them goes.
class ReadPool::Waiter {
 public:
  Waiter(kj::PromiseFulfiller<kj::Own<Job>>& fulfiller, ReadPool& pool, Task& task)
      : fulfiller_(fulfiller), pool_(pool), task_(&task) {
    task.waiter = this;
  }
  ~Waiter() {
    if (task_ != nullptr) pool_.abandon(*task_);
  }
  KJ_DISALLOW_COPY(Waiter);

  void fulfill(kj::Own<Job> job) {
    task_ = nullptr;
    fulfiller_.fulfill(kj::mv(job));
  }
  void reject(kj::Exception&& why) {
    task_ = nullptr;
    fulfiller_.reject(kj::mv(why));
  }

 private:
  kj::PromiseFulfiller<kj::Own<Job>>& fulfiller_;
  ReadPool& pool_;
  Task* task_;
};

ReadPool::ReadPool(kj::UnixEventPort& port, kj::Timer& timer, unsigned threads)
    : timer_(timer), finished_(port, [this]() { takeDone(); }) {
  try {
    for (unsigned i = 0; i < threads; ++i) threads_.push_back(startThread([this]() { work(); }));
  } catch (...) {
    stop();
    throw;
  }
}

ReadPool::~ReadPool() {
  stop();
}

kj::Promise<kj::Own<ReadPool::Job>> ReadPool::run(uint64_t client, kj::Own<Job> job,
                                                  kj::Duration most) {
  job->stop_ = false;
  Task& task = *tasks_.emplace_back(std::make_unique<Task>(client, kj::mv(job)));
  task.at = std::prev(tasks_.end());
  auto promise = kj::newAdaptedPromise<kj::Own<Job>, Waiter>(*this, task);
  task.deadline = timer_.afterDelay(most)
                      .then([this, &task, most]() {
                        endEarly(task, fault(kj::Exception::Type::FAILED, task.job->tooLate(most)));
                      })
                      .eagerlyEvaluate(nullptr);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      task.thrown = fault(kj::Exception::Type::OVERLOADED,
                          "stopping: the server is shutting down; try again later");
      done_.push_back(&task);
      finished_.wake();
      return promise;
    }
    queue_.push(client, &task);
  }
  waiting_.notify_one();
  return promise;
}

void ReadPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    waiting_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Task& task = *queue_.pop();
    lock.unlock();
    workOn(task);
    lock.lock();
  }
}

void ReadPool::workOn(Task& task) {
  bool more = false;
  try {
    more = task.job->step();
  } catch (const kj::Exception& e) {
    task.thrown = kj::cp(e);
  } catch (const std::exception& e) {
    task.thrown = fault(kj::Exception::Type::FAILED, e.what());
  }
  const std::lock_guard lock(mutex_);
  if (more && !task.job->stop_ && !stopping_) return queue_.push(task.client, &task);
  if (more) task.thrown = fault(kj::Exception::Type::FAILED, "the query was stopped");
  done_.push_back(&task);
  finished_.wake();
}

void ReadPool::takeDone() {
  std::vector<Task*> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (Task* task : done) finish(*task);
}

/// The job may have been done just before it was told to stop.
void ReadPool::finish(Task& task) {
  const std::unique_ptr<Task> taken = std::move(*task.at);
  tasks_.erase(task.at);
  if (task.waiter == nullptr) return;
  KJ_IF_MAYBE (thrown, task.thrown) {
    KJ_IF_MAYBE (late, task.late) return task.waiter->reject(kj::mv(*late));
    return task.waiter->reject(kj::mv(*thrown));
  }
  task.waiter->fulfill(kj::mv(task.job));
}

/// Where it is not under way just now, it ends at once.
void ReadPool::abandon(Task& task) {
  task.waiter = nullptr;
  task.job->stop_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.remove(task.client, &task)) return;
  }
  tasks_.erase(task.at);
}

void ReadPool::endEarly(Task& task, kj::Exception why) {
  task.late = kj::mv(why);
  task.job->stop_ = true;
  const std::lock_guard lock(mutex_);
  if (!queue_.remove(task.client, &task)) return;
  task.thrown = fault(kj::Exception::Type::FAILED, "the query was stopped");
  done_.push_back(&task);
  finished_.wake();
}

void ReadPool::stop() {
  for (const auto& task : tasks_) {
    if (task->waiter != nullptr) {
      task->late = fault(kj::Exception::Type::OVERLOADED,
                         "stopping: the server is shutting down; try again later");
    }
    task->job->stop_ = true;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    while (!queue_.empty()) {
      Task* task = queue_.pop();
      task->thrown = fault(kj::Exception::Type::FAILED, "the query was stopped");
      done_.push_back(task);
    }
  }
  waiting_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  takeDone();
}

}  // namespace facet
