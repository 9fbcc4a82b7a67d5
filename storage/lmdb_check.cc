#include "storage/lmdb_check.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

#include "storage/durable_file.h"
#include "storage/event_log.h"
#include "storage/limits.h"
#include "storage/lmdb_layout.h"

namespace facet {

namespace {

using namespace lmdb;

template <typename T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

constexpr uint32_t kKeyBytes = 8;
constexpr uint64_t kMetaPages = 2;

/// One of the two trees on its way through the check.
struct Tree {
  const char* name;
  Db db;
  bool isMain;
  uint64_t lowest;  // the next key may not be less
  uint64_t entries = 0;
  uint64_t branchPages = 0;
  uint64_t leafPages = 0;
  uint64_t overflowPages = 0;
  std::vector<std::vector<char>> pages = {};  // one for each level
};

class Checker {
 public:
  explicit Checker(const std::filesystem::path& file)
      : file_(file), fd_(openFile(file, O_RDONLY)), size_(fileSize(fd_.get(), file)) {}

  LmdbShape run(uint64_t firstKey);

 private:
  template <typename... T>
  [[noreturn]] void damaged(fmt::format_string<T...> format, T&&... operands) const {
    throw LogFailed(fmt::format("{}: the file's structure is damaged: {}", file_.string(),
                                fmt::format(format, std::forward<T>(operands)...)),
                    "Keep a copy, and restore the folder from a backup or a replica");
  }

  Meta readMeta(uint64_t index, uint32_t pageBytes) const;
  void chooseMeta();
  void checkMeta() const;
  void readPage(uint64_t page, void* to, size_t bytes) const;
  void claim(uint64_t page, uint64_t count, const char* by);
  void walkTree(Tree& tree);
  void walkPage(Tree& tree, uint64_t page, unsigned level);
  uint32_t walkBranchNode(Tree& tree, uint64_t page, const char* at, uint32_t room, unsigned level,
                          bool first);
  uint32_t walkLeafNode(Tree& tree, uint64_t page, const char* at, uint32_t room);
  void takeKey(Tree& tree, uint64_t page, uint64_t key) const;
  void claimOverflow(Tree& tree, uint64_t page, uint32_t bytes);
  void claimFreePages(const char* list, uint32_t bytes, uint64_t transaction);

  std::filesystem::path file_;
  FileDescriptor fd_;
  uint64_t size_;
  Meta meta_{};
  uint64_t metaIndex_ = 0;
  std::vector<bool> claimed_;
};

Meta Checker::readMeta(uint64_t index, uint32_t pageBytes) const {
  struct {
    PageHeader header;
    Meta meta;
  } page{};
  if (readAt(fd_.get(), file_, &page, sizeof page, index * pageBytes) != sizeof page) {
    damaged("it has {} bytes, less than two meta pages: truncated", size_);
  }
  if (page.meta.magic != kMagic || page.header.flags != PageFlags::meta ||
      page.header.pgno != index) {
    damaged("page {} is not a meta page", index);
  }
  if (page.meta.version != kDataVersion) {
    damaged("its data version is {}, not {}", page.meta.version, kDataVersion);
  }
  return page.meta;
}

void Checker::chooseMeta() {
  const Meta first = readMeta(0, 0);
  const uint32_t pageBytes = first.free.pad;
  if (pageBytes < 512 || pageBytes > 32768 || (pageBytes & (pageBytes - 1)) != 0) {
    damaged("its page size is {}", pageBytes);
  }
  const Meta second = readMeta(1, pageBytes);
  if (second.free.pad != pageBytes) damaged("its meta pages disagree about the page size");
  metaIndex_ = first.transaction < second.transaction ? 1 : 0;
  meta_ = metaIndex_ == 0 ? first : second;
  checkMeta();
}

void Checker::checkMeta() const {
  // The other meta page is only what a lost write would go back to: it may even hold a failed one.
  if (meta_.transaction % 2 != metaIndex_) {
    damaged("meta page {} holds transaction {}", metaIndex_, meta_.transaction);
  }
  // The first makes the tree; each other one appends a chunk, or the several that a replica got.
  if (meta_.transaction == 0 || meta_.transaction > meta_.main.entries + 1) {
    damaged("it has {} chunks after {} transactions", meta_.main.entries, meta_.transaction);
  }
  if (meta_.address != 0 || meta_.free.flags != kIntegerKey || meta_.main.flags != kIntegerKey ||
      meta_.main.pad != 0) {
    damaged("meta page {} has flags that facet does not use", metaIndex_);
  }
  const uint64_t pageBytes = meta_.free.pad;
  if (meta_.lastPage < 1 || meta_.lastPage >= kNoPage / pageBytes) {
    damaged("it claims {} as its last page", meta_.lastPage);
  }
  if ((meta_.lastPage + 1) * pageBytes > size_) {
    damaged("it claims {} pages of {} bytes, but has only {} bytes: truncated", meta_.lastPage + 1,
            pageBytes, size_);
  }
}

void Checker::readPage(uint64_t page, void* to, size_t bytes) const {
  if (readAt(fd_.get(), file_, to, bytes, page * meta_.free.pad) != bytes) {
    damaged("page {} is after the end of the file: truncated", page);
  }
}

void Checker::claim(uint64_t page, uint64_t count, const char* by) {
  if (page < kMetaPages || count > meta_.lastPage || page > meta_.lastPage - count + 1) {
    damaged("{} refers to page {} of {}", by, page, meta_.lastPage);
  }
  for (uint64_t i = page; i < page + count; ++i) {
    if (claimed_[i]) damaged("{} refers to page {}, which is used twice", by, i);
    claimed_[i] = true;
  }
}

void Checker::walkTree(Tree& tree) {
  const Db& db = tree.db;
  if (db.root == kNoPage) {
    if (db.depth != 0) damaged("{} has depth {} without a root", tree.name, db.depth);
  } else {
    if (db.depth == 0 || db.depth > kMaxTreeDepth) damaged("{} has depth {}", tree.name, db.depth);
    tree.pages.assign(db.depth, std::vector<char>(meta_.free.pad));
    walkPage(tree, db.root, 0);
  }
  if (tree.entries != db.entries || tree.branchPages != db.branchPages ||
      tree.leafPages != db.leafPages || tree.overflowPages != db.overflowPages) {
    damaged("{} has {} entries on {}+{}+{} pages, claimed are {} on {}+{}+{}", tree.name,
            tree.entries, tree.branchPages, tree.leafPages, tree.overflowPages, db.entries,
            db.branchPages, db.leafPages, db.overflowPages);
  }
}

void Checker::walkPage(Tree& tree, uint64_t page, unsigned level) {
  claim(page, 1, tree.name);
  std::vector<char>& bytes = tree.pages[level];
  readPage(page, bytes.data(), bytes.size());
  const auto header = load<PageHeader>(bytes.data());
  const bool isLeaf = level + 1 == tree.db.depth;
  if (header.pgno != page || header.flags != (isLeaf ? PageFlags::leaf : PageFlags::branch)) {
    damaged("page {} is not the {} page of {} that it should be", page, isLeaf ? "leaf" : "branch",
            tree.name);
  }
  if (header.lower < sizeof header || header.lower % 2 != 0 || header.lower > header.upper ||
      header.upper > bytes.size()) {
    damaged("page {} has bounds {} and {}", page, header.lower, header.upper);
  }
  ++(isLeaf ? tree.leafPages : tree.branchPages);
  const size_t nodes = (header.lower - sizeof header) / sizeof(uint16_t);
  const unsigned fewest = !isLeaf && tree.isMain ? 2 : 1;
  if (nodes < fewest) damaged("page {} has {} nodes", page, nodes);
  size_t used = 0;
  for (size_t i = 0; i < nodes; ++i) {
    const auto offset = load<uint16_t>(bytes.data() + sizeof header + i * sizeof(uint16_t));
    // Chunks have 8-byte keys and whole words of data, so they are read in place, aligned.
    const unsigned alignment = isLeaf && tree.isMain ? 8 : 2;
    if (offset < header.upper || offset % alignment != 0 || offset + sizeof(Node) > bytes.size()) {
      damaged("page {} has a node at {}", page, offset);
    }
    const char* at = bytes.data() + offset;
    const auto room = static_cast<uint32_t>(bytes.size() - offset);
    used += isLeaf ? walkLeafNode(tree, page, at, room)
                   : walkBranchNode(tree, page, at, room, level, i == 0);
  }
  if (used != bytes.size() - header.upper) {
    damaged("the nodes of page {} take {} bytes of {}", page, used, bytes.size() - header.upper);
  }
}

uint32_t Checker::walkBranchNode(Tree& tree, uint64_t page, const char* at, uint32_t room,
                                 unsigned level, bool first) {
  const auto node = load<Node>(at);
  const uint32_t size = sizeof node + node.keyBytes;
  // LMDB never looks at the first key of a branch page, and may leave it out.
  const bool fits = node.keyBytes == kKeyBytes || (first && node.keyBytes == 0);
  if (!fits || size > room) damaged("page {} has a key of {} bytes", page, node.keyBytes);
  if (!first) {
    const auto key = load<uint64_t>(at + sizeof node);
    if (key < tree.lowest) damaged("page {} separates at key {}, out of order", page, key);
    tree.lowest = key;
  }
  walkPage(tree, node.child(), level + 1);
  return size;
}

void Checker::takeKey(Tree& tree, uint64_t page, uint64_t key) const {
  const bool inOrder = tree.isMain ? key == tree.lowest : key >= tree.lowest;
  if (!inOrder) {
    damaged("page {} has {} where key {} of {} should be", page, key, tree.lowest, tree.name);
  }
  tree.lowest = key + 1;
  ++tree.entries;
}

uint32_t Checker::walkLeafNode(Tree& tree, uint64_t page, const char* at, uint32_t room) {
  const auto node = load<Node>(at);
  const bool isBig = node.flags == kBigData;
  const uint64_t inPage = isBig ? sizeof(uint64_t) : node.dataBytes();
  const uint64_t size = sizeof node + kKeyBytes + inPage;
  if (node.keyBytes != kKeyBytes || (node.flags != 0 && !isBig) || size > room) {
    damaged("page {} has a malformed node of {}", page, tree.name);
  }
  const auto key = load<uint64_t>(at + sizeof node);
  takeKey(tree, page, key);
  const char* data = at + sizeof node + kKeyBytes;
  if (isBig) claimOverflow(tree, load<uint64_t>(data), node.dataBytes());
  if (!tree.isMain) {
    std::vector<char> list;
    if (isBig) {
      list.resize(node.dataBytes());
      const uint64_t from = load<uint64_t>(data) * meta_.free.pad + sizeof(PageHeader);
      if (readAt(fd_.get(), file_, list.data(), list.size(), from) != list.size()) {
        damaged("the list of free pages is truncated");
      }
      data = list.data();
    }
    claimFreePages(data, node.dataBytes(), key);
  }
  return static_cast<uint32_t>(size + size % 2);
}

void Checker::claimOverflow(Tree& tree, uint64_t page, uint32_t bytes) {
  const uint64_t pageBytes = meta_.free.pad;
  const uint64_t needed = (sizeof(PageHeader) + bytes + pageBytes - 1) / pageBytes;
  PageHeader header{};
  // The size is checked before the page is read; the header may count more in the list of free
  // pages.
  claim(page, needed, tree.name);
  readPage(page, &header, sizeof header);
  const uint64_t counted = header.overflowPages();
  const bool right = tree.isMain ? counted == needed : counted >= needed;
  if (header.pgno != page || header.flags != PageFlags::overflow || !right) {
    damaged("page {} is not the start of {} overflow pages", page, needed);
  }
  if (counted > needed) claim(page + needed, counted - needed, tree.name);
  tree.overflowPages += counted;
}

void Checker::claimFreePages(const char* list, uint32_t bytes, uint64_t transaction) {
  const uint64_t count = bytes >= sizeof count ? load<uint64_t>(list) : kNoPage;
  if (bytes % sizeof count != 0 || count >= bytes / sizeof count ||
      transaction > meta_.transaction || transaction == 0) {
    damaged("the list of pages that transaction {} freed is malformed", transaction);
  }
  uint64_t previous = kNoPage;
  for (uint64_t i = 1; i <= count; ++i) {
    const auto page = load<uint64_t>(list + i * sizeof count);
    if (page >= previous) damaged("the pages that transaction {} freed are unordered", transaction);
    claim(page, 1, "the list of free pages");
    previous = page;
  }
}

LmdbShape Checker::run(uint64_t firstKey) {
  chooseMeta();
  claimed_.assign(meta_.lastPage + 1, false);
  Tree main{.name = "the tree of chunks", .db = meta_.main, .isMain = true, .lowest = firstKey};
  Tree free{.name = "the tree of free pages", .db = meta_.free, .isMain = false, .lowest = 0};
  walkTree(main);
  walkTree(free);
  for (uint64_t page = kMetaPages; page <= meta_.lastPage; ++page) {
    if (!claimed_[page]) damaged("page {} is neither used nor free", page);
  }
  return {meta_.main.entries, meta_.lastPage + 1, meta_.free.pad};
}

}  // namespace

LmdbShape checkLmdbFile(const std::filesystem::path& file, uint64_t firstKey) {
  return Checker(file).run(firstKey);
}

}  // namespace facet
